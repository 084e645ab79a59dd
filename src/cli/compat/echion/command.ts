import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether the command would start, as execvp(3) looks for it. */
export function isExecutable(file: string, path: string = process.env["PATH"] ?? ""): boolean {
  const places = file.includes("/") ? [file] : path.split(delimiter).map((folder) => join(folder, file));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
}

/** The same command, started with SIGQUIT ignored: a Ctrl-\ at the terminal is for us, who tell where it is, and would end it. */
export function deafToQuit(command: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", 'trap "" QUIT; exec "$@"', "sh", ...command];
}

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What a container engine does, by hand: a root of its own, and namespaces. Takes root and unshare(1). */
export interface Container extends Disposable {
  /** Its root, as the host sees it. */
  readonly root: string;
  /** Starts a command in it, with only this environment. `flags`: of unshare(1). */
  start(command: readonly string[], options?: ContainerOptions): ChildProcess;
  /** The same to its end. */
  run(command: readonly string[], options?: ContainerOptions): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

export interface ContainerOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How /proc gets there: its own, the host's, or not at all. */
  readonly proc?: "own" | "host" | "none";
  readonly isReadOnly?: boolean;
}

/** Null: that cannot be done here. */
export function canContain(): boolean {
  try {
    execFileSync("unshare", ["-fpm", "--mount-proc", "chroot", "/", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** With the host's /usr and libraries, and `binds`: what of the host is where in it. */
export function makeContainer(binds: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): Container {
  const folder = mkdtempSync(join(tmpdir(), "lynceus-container-"));
  const root = join(folder, "root");
  const places = { "/usr": "/usr", "/lib": "/lib", "/lib64": "/lib64", "/bin": "/bin", ...binds };
  for (const inside of ["/proc", "/tmp", "/dev", ...Object.keys(places)]) mkdirSync(join(root, inside), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  writeFileSync(join(root, "dev/null"), "");

  const start: Container["start"] = (command, { flags = [], env = {}, proc = "own", isReadOnly = false } = {}) => {
    const script = [
      "set -e",
      `mount --bind '${root}' '${root}'`,
      ...Object.entries(places).map(([inside, host]) => `mount --bind '${host}' '${root}${inside}'`),
      `mount --bind /dev/null '${root}/dev/null'`,
      proc === "own" ? `mount -t proc proc '${root}/proc'` : proc === "host" ? `mount --rbind /proc '${root}/proc'` : "",
      isReadOnly ? `mount -o remount,ro,bind '${root}'` : "",
      `exec chroot '${root}' /usr/bin/env -i "$@"`,
    ].join("\n");
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return spawn("unshare", ["-m", ...flags, "sh", "-c", script, "sh", ...words, ...command], { stdio: ["ignore", "pipe", "pipe"] });
  };
  return {
    root,
    start,
    run: async (command, options) => {
      const child = start(command, options);
      let [out, err] = ["", ""];
      child.stdout!.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr!.setEncoding("utf8").on("data", (text: string) => (err += text));
      const limit = setTimeout(() => child.kill("SIGKILL"), 30_000);
      const [code] = (await once(child, "close")) as [number | null];
      clearTimeout(limit);
      return { code, out, err };
    },
    // All mounts were made in namespaces that are gone with their processes.
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

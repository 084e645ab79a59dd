import { expect, test } from "vitest";
import { defaultOutputName, programName, replacePid } from "./output-name.ts";

test.each([
  [["python3", "-X", "dev", "/srv/app.py", "--port", "1"], "app"],
  [["/usr/bin/python3.12", "-m", "http.server", "80"], "http.server"],
  [["python", "-Bm", "pytest", "-x"], "pytest"],
  [["python", "-mtimeit"], "timeit"],
  [["python", "-W", "error", "-u", "tool"], "tool"],
  [["python3", "-c", "import x.py"], "python3"],
  [["python3", "-"], "python3"],
  [["python3.13t"], "python3.13t"],
  [["./serve.sh", "app.py"], "serve.sh"],
  [["/opt/bin/gunicorn", "-w", "4"], "gunicorn"],
  [["/tmp/a b\x1b[31m"], "a_b__31m"],
  [["x".repeat(300)], "x".repeat(60)],
  [["python", ".."], "python"],
  [[], "python"],
])("%j is called %s", (command, name) => {
  expect(programName(command)).toBe(name);
});

test("the process id is in the name", () => {
  expect(defaultOutputName(["python", "app.py"], 812, ".html")).toBe("app-812.html");
  expect(replacePid("out/%(pid)/%(pid).lyn", 812)).toBe("out/812/812.lyn");
});

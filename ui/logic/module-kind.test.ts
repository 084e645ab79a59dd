import { expect, test } from "vitest";
import { FunctionKind } from "../../src/profile/tables.ts";
import { moduleKindOf, shortPath } from "./module-kind.ts";

test.each([
  ["/home/me/app/main.py", "own", "app/main.py"],
  ["main.py", "own", "main.py"],
  ["<string>", "own", "<string>"],
  ["<frozen importlib._bootstrap>", "standard", "<frozen importlib._bootstrap>"],
  ["/usr/lib/python3.11/json/decoder.py", "standard", "json/decoder.py"],
  ["/usr/local/lib/python3.14t/threading.py", "standard", "threading.py"],
  ["/opt/lib64/python3.9/ssl.py", "standard", "ssl.py"],
  ["/usr/lib/python311.zip/re.py", "standard", "re.py"],
  ["/usr/lib/python3/dist-packages/yaml/scanner.py", "library", "yaml/scanner.py"],
  ["/app/.venv/lib/python3.13/site-packages/flask/app.py", "library", "flask/app.py"],
  ["/app/vendor/site-packages/a/site-packages/b.py", "library", "b.py"],
])("%s: %s, %s", (file, kind, short) => {
  expect(moduleKindOf(FunctionKind.python, file)).toBe(kind);
  expect(shortPath(file)).toBe(short);
});

test("what is not Python is what it says", () => {
  expect(moduleKindOf(FunctionKind.native, "/usr/lib/python3.11/x.so")).toBe("native");
  expect(moduleKindOf(FunctionKind.kernel, "")).toBe("kernel");
  expect(moduleKindOf(FunctionKind.task, "main.py")).toBe("task");
  expect(moduleKindOf(FunctionKind.marker, "")).toBe("marker");
});

import { expect, test } from "vitest";
import { LynceusError } from "../base/errors.ts";
import { describeError } from "./report-error.ts";
import { plain } from "./text/terminal.ts";

test("what the user can put right is one line and a hint, with the code's exit code", () => {
  const error = new LynceusError("no-permission", "reading the memory of process 812 is not permitted", { hint: "run it as root" });
  expect(describeError(error, plain, false)).toEqual({
    text: "lynceus: reading the memory of process 812 is not permitted\n  run it as root\n",
    exitCode: 37,
  });
});

test("causes are for --verbose", () => {
  const error = new LynceusError("cannot-write", "cannot write a.lyn", { cause: new Error("ENOSPC", { cause: "the disk" }) });
  expect(describeError(error, plain, false).text).toBe("lynceus: cannot write a.lyn\n");
  expect(describeError(error, plain, true).text).toBe("lynceus: cannot write a.lyn\n  because: ENOSPC\n  because: 'the disk'\n");
});

test("a circle of causes ends", () => {
  const cause = new Error("round");
  cause.cause = cause;
  const { text } = describeError(new LynceusError("bad-recording", "x", { cause }), plain, true);
  expect(text.split("\n").length).toBeLessThan(12);
});

test("names from outside cannot write to the terminal", () => {
  const { text } = describeError(new LynceusError("cannot-launch", "cannot start \x1b[2Jevil\n", { hint: "\x1b]0;x\x07" }), plain, false);
  expect(text).toBe("lynceus: cannot start \\x1b[2Jevil\\n\n  \\x1b]0;x\\x07\n");
});

test("a fault of ours keeps its stack trace and asks for a report", () => {
  const { text, exitCode } = describeError(new TypeError("x is undefined"), plain, false);
  expect(exitCode).toBe(70);
  expect(text).toMatch(/^TypeError: x is undefined\n\s+at /);
  expect(text).toContain("fault in Lynceus. Please report it");
});

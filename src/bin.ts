#!/usr/bin/env node
import { setImmediate } from "node:timers/promises";
import { withInvokedVerb } from "./cli/compat/invoked-as.ts";
import { leave } from "./cli/leave.ts";
import { main } from "./cli/main.ts";
import { cannotWrite } from "./cli/output/check-writable.ts";
import { describeError } from "./cli/report-error.ts";
import { createPaint } from "./cli/text/terminal.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // The reader of our output went away (`| head`): what it has is what it wanted.
  if (error.code === "EPIPE") return void leave(0);
  const { text, exitCode } = describeError(cannotWrite("stdout", error), createPaint(process.stderr, "auto"), false);
  process.stderr.write(text);
  void leave(exitCode);
});

// Nobody hears us any more (a closed terminal, a full disk): what is recorded, and the program's exit code, matter more.
process.stderr.on("error", () => {});

const exitCode = await main(withInvokedVerb(process.argv[1] ?? "", process.argv.slice(2)));

// A pipe that Node or a shell's coprocess made is a socket, which takes a long answer in parts: wait until it has all of it.
for (const stream of [process.stdout, process.stderr]) {
  if (stream.writableLength > 0) await new Promise((resolve) => stream.write("", resolve));
}
// Where a write failed at once, the stream says so only after this.
await setImmediate();

// Not `process.exitCode`: a program that was left running must not keep us.
await leave(exitCode);

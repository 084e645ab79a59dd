#!/usr/bin/env node
import { withInvokedVerb } from "./cli/compat/invoked-as.ts";
import { main } from "./cli/main.ts";

// The reader of our output went away (`| head`): what it has is what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const exitCode = await main(withInvokedVerb(process.argv[1] ?? "", process.argv.slice(2)));

// A pipe that Node or a shell's coprocess made is a socket, which takes a long answer in parts: wait until it has all of it.
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write("", resolve));

// Not `process.exitCode`: a program that was left running must not keep us.
process.exit(exitCode);

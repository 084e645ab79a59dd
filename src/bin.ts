#!/usr/bin/env node
import { main } from "./cli/main.ts";

// The reader of our output went away (`| head`): what it has is what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

// Not `exitCode`: a program that was left running must not keep us. Writes to pipes, files and terminals are done when they return.
process.exit(await main(process.argv.slice(2)));

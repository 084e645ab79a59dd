#!/usr/bin/env node
import { main } from "./cli/main.ts";

// Not `exitCode`: a program that was left running must not keep us. Writes to pipes, files and terminals are done when they return.
process.exit(await main(process.argv.slice(2)));

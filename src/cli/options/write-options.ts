import { type Command, Option } from "commander";
import { type WriteOptions, defaultWriteOptions } from "../../formats/format.ts";
import type { Mode } from "../../profile/sample-filter.ts";

/** How files of other formats show a recording; for every command that writes some. */
export interface WriteFlags {
  readonly gc?: true;
  readonly full?: true;
  readonly weight?: WriteOptions["weight"];
}

export function addWriteOptions(command: Command): Command {
  return command
    .option("-g, --gc", "austin, collapsed: say where garbage was collected")
    .option("-f, --full", "austin, mojo: all metrics with each sample: time, whether it was idle, how memory changed")
    .addOption(new Option("--weight <unit>", "collapsed: what the number counts; time is in us (default: samples)").choices(["samples", "time"]));
}

export function writeOptionsFrom(flags: WriteFlags, mode: Mode): WriteOptions {
  return { ...defaultWriteOptions, mode, showCollections: flags.gc ?? false, full: flags.full ?? false, weight: flags.weight ?? defaultWriteOptions.weight };
}

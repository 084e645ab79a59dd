import { newSampleColumns, newWaitColumns } from "./sample-columns.ts";
import type { Block, FrameColumns, FunctionColumns, SampleColumns, StackColumns, WaitColumns } from "./tables.ts";

export const noFunctions: FunctionColumns = Object.freeze({ length: 0, name: [], file: [], firstLine: [], kind: [] });
export const noFrames: FrameColumns = Object.freeze({ length: 0, function: [], line: [], endLine: [], column: [], endColumn: [] });
export const noStacks: StackColumns = Object.freeze({ length: 0, parent: [], frame: [] });
export const noSamples: SampleColumns = Object.freeze(newSampleColumns(0));
export const noWaits: WaitColumns = Object.freeze(newWaitColumns(0));

/** Nothing was added: to be spread and overwritten. */
export const emptyBlock: Block = Object.freeze({
  restartsTables: false,
  strings: [],
  processes: [],
  threads: [],
  renames: [],
  tasks: [],
  taskRenames: [],
  functions: noFunctions,
  frames: noFrames,
  stacks: noStacks,
  samples: noSamples,
  waits: noWaits,
  residents: [],
  quality: [],
  end: null,
});

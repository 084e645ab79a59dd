import type { Block, FrameColumns, FunctionColumns, SampleColumns, StackColumns } from "./tables.ts";

export const noFunctions: FunctionColumns = Object.freeze({ length: 0, name: [], file: [], firstLine: [], kind: [] });
export const noFrames: FrameColumns = Object.freeze({ length: 0, function: [], line: [], endLine: [], column: [], endColumn: [] });
export const noStacks: StackColumns = Object.freeze({ length: 0, parent: [], frame: [] });
export const noSamples: SampleColumns = Object.freeze({
  length: 0,
  time: new Float64Array(0),
  thread: new Int32Array(0),
  stack: new Int32Array(0),
  wall: new Float64Array(0),
  cpu: new Float64Array(0),
  state: new Uint16Array(0),
  known: new Uint8Array(0),
});

/** Nothing was added: to be spread and overwritten. */
export const emptyBlock: Block = Object.freeze({
  restartsTables: false,
  strings: [],
  processes: [],
  threads: [],
  renames: [],
  functions: noFunctions,
  frames: noFrames,
  stacks: noStacks,
  samples: noSamples,
  residents: [],
  quality: [],
  end: null,
});

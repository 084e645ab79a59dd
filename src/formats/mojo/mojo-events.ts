/** The beginning of a file: these, and the version as an integer. */
export const mojoMagic: Uint8Array = new TextEncoder().encode("MOJ");
/** What is written: 1 had no columns, 2 no interpreters; 4 repeats stacks, and not every reader knows how. */
export const writtenVersion = 3;
export const newestVersion = 4;

/** The first byte of an event. */
export const MojoEvent = {
  metadata: 1,
  stack: 2,
  frame: 3,
  invalidFrame: 4,
  frameReference: 5,
  kernelFrame: 6,
  collecting: 7,
  idle: 8,
  time: 9,
  memory: 10,
  string: 11,
  stringReference: 12,
  /** Version 4: the frames of the thread's sample before stand below those of this one. */
  stackRepeat: 13,
  /** Version 4: an asyncio task has another stack; its frames follow, and how long it had the one before. Without frames: it has ended. */
  taskStack: 14,
  /** Version 4: a task, and one that waits for it. */
  taskWaiter: 15,
} as const;

/** The string that every reader knows: it is never defined. */
export const unknownString = { key: 1, value: "<unknown>" } as const;

/** Metadata of who fills in names of threads where Austin 3 has their ids: Echion, and we. */
export const samplerKey = "sampler";

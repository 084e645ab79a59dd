import { NONE, type SampleColumns, type WaitColumns } from "./tables.ts";

/** Room for `length` samples that are to be written, of no task. */
export function newSampleColumns(length: number): SampleColumns {
  return {
    length,
    time: new Float64Array(length),
    thread: new Int32Array(length),
    stack: new Int32Array(length),
    wall: new Float64Array(length),
    cpu: new Float64Array(length),
    state: new Uint16Array(length),
    known: new Uint8Array(length),
    task: new Int32Array(length).fill(NONE),
    sharedOut: new Float64Array(length),
  };
}

/** Room for `length` waits that are to be written. */
export function newWaitColumns(length: number): WaitColumns {
  return {
    length,
    start: new Float64Array(length),
    end: new Float64Array(length),
    thread: new Int32Array(length),
    task: new Int32Array(length),
    stack: new Int32Array(length),
    wall: new Float64Array(length),
    whole: new Float64Array(length),
    samples: new Float64Array(length),
    known: new Uint8Array(length),
    what: new Int32Array(length),
  };
}

/** The first `length` rows, as columns of just that length. */
export function takenSamples(columns: SampleColumns, length: number): SampleColumns {
  const { time, thread, stack, wall, cpu, state, known, task, sharedOut } = columns;
  return {
    length,
    time: time.slice(0, length),
    thread: thread.slice(0, length),
    stack: stack.slice(0, length),
    wall: wall.slice(0, length),
    cpu: cpu.slice(0, length),
    state: state.slice(0, length),
    known: known.slice(0, length),
    task: task.slice(0, length),
    sharedOut: sharedOut.slice(0, length),
  };
}

export function takenWaits(columns: WaitColumns, length: number): WaitColumns {
  const { start, end, thread, task, stack, wall, whole, samples, known, what } = columns;
  return {
    length,
    start: start.slice(0, length),
    end: end.slice(0, length),
    thread: thread.slice(0, length),
    task: task.slice(0, length),
    stack: stack.slice(0, length),
    wall: wall.slice(0, length),
    whole: whole.slice(0, length),
    samples: samples.slice(0, length),
    known: known.slice(0, length),
    what: what.slice(0, length),
  };
}

/** Room for `length` rows, the first of which are those of `from`. */
export function longerSamples(from: SampleColumns, length: number): SampleColumns {
  const columns = newSampleColumns(length);
  columns.time.set(from.time);
  columns.thread.set(from.thread);
  columns.stack.set(from.stack);
  columns.wall.set(from.wall);
  columns.cpu.set(from.cpu);
  columns.state.set(from.state);
  columns.known.set(from.known);
  columns.task.set(from.task);
  columns.sharedOut.set(from.sharedOut);
  return columns;
}

export function longerWaits(from: WaitColumns, length: number): WaitColumns {
  const columns = newWaitColumns(length);
  columns.start.set(from.start);
  columns.end.set(from.end);
  columns.thread.set(from.thread);
  columns.task.set(from.task);
  columns.stack.set(from.stack);
  columns.wall.set(from.wall);
  columns.whole.set(from.whole);
  columns.samples.set(from.samples);
  columns.known.set(from.known);
  columns.what.set(from.what);
  return columns;
}

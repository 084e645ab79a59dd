import type { Nanoseconds } from "../../../base/units.ts";
import type { OptionRow } from "../option-table.ts";

/** One of Austin's programs. */
export interface Flavor {
  readonly name: "austin" | "austin4" | "austinp";
  /** Of the Austin that is stood in for. */
  readonly version: string;
  readonly interval: Nanoseconds;
  /** MOJO, whatever is asked for. */
  readonly isBinary: boolean;
  /** In the order of the help. */
  readonly options: readonly OptionRow[];
}

/** How long a command may take until there is a Python in it, when nothing else is said. */
export const startTimeout = 1000;

const row = (letter: string | null, word: string, value: string | null, does: string): OptionRow => ({ letter, word, value, does });

const binary = row("b", "binary", null, "Write MOJO, the binary format, instead of text.");
const children = row("C", "children", null, "Attach to child processes.");
const cpu = row("c", "cpu", null, "Sample threads that are on a CPU only.");
const full = row("f", "full", null, "Write all metrics: time, whether it was idle, the change of resident memory.");
const gc = row("g", "gc", null, "Say where garbage was collected.");
const heap = row("h", "heap", "n_mb", "Taken for compatibility; not needed.");
const kernel = row("k", "kernel", null, "Sample the kernel stack.");
const memory = row("m", "memory", null, "Sample the change of resident memory.");
const native = row("n", "native", null, "Sample native stacks.");
const output = row("o", "output", "FILE", "Write to this file instead of stdout.");
const pid = row("p", "pid", "PID", "Attach to the process with this PID.");
const pipe = row("P", "pipe", null, "Pipe mode: nothing but samples and metadata is written.");
const sleepless = row("s", "sleepless", null, "Leave idle samples out, to estimate CPU time.");
const where = row("w", "where", "PID", "Print the stacks of all threads of the process with this PID.");
const exposure = row("x", "exposure", "n_sec", "Sample for this many seconds only.");
const interval = (byDefault: string): OptionRow =>
  row("i", "interval", "n_us", `Sampling interval in microseconds (default is ${byDefault}). Units: s, ms, us.`);
const timeout = row("t", "timeout", "n_ms", "Start up wait time in milliseconds (default is 1000). Units: s, ms.");
const asked: readonly OptionRow[] = [
  row("?", "help", null, "Give this help list"),
  row(null, "usage", null, "Give a short usage message"),
  row("V", "version", null, "Print program version"),
];

export const flavors: Readonly<Record<Flavor["name"], Flavor>> = {
  austin: {
    name: "austin",
    version: "3.7.0",
    interval: 100e3,
    isBinary: false,
    options: [binary, children, full, gc, heap, interval("100"), memory, output, pid, pipe, sleepless, timeout, where, exposure, ...asked],
  },
  austin4: {
    name: "austin4",
    version: "4.0.0",
    interval: 100e3,
    isBinary: true,
    options: [children, cpu, full, gc, interval("100"), memory, native, output, pid, pipe, timeout, where, exposure, ...asked],
  },
  austinp: {
    name: "austinp",
    version: "3.7.0",
    interval: 10e6,
    isBinary: false,
    options: [binary, children, full, gc, heap, interval("10000"), kernel, memory, output, pid, pipe, sleepless, timeout, where, exposure, ...asked],
  },
};

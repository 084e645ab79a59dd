import type { Address, Pid, Tid } from "../base/units.ts";
import type { Interpreter } from "../cpython/interpreters.ts";
import type { Layout } from "../cpython/layout.ts";
import type { ThreadState } from "../cpython/thread-state.ts";
import type { RemoteMemory } from "../os/remote-memory.ts";
import type { CaptureSources } from "./capture/thread-capturer.ts";
import type { Recorder } from "./recorder.ts";

/** Samples so far, by `Known`. */
export type SampleCounts = number[];

/** Which thread is to be sampled, and with what. */
export interface ThreadSetup {
  readonly pid: Pid;
  /** 0 when it could not be learned. */
  readonly tid: Tid;
  readonly address: Address;
  readonly interpreter: Interpreter;
  readonly state: ThreadState;
  readonly memory: RemoteMemory;
  readonly layout: Layout;
  readonly recorder: Recorder;
  readonly counts: SampleCounts;
  readonly sources: CaptureSources;
}

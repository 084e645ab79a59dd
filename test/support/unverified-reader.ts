import type { Nanoseconds, Pid } from "../../src/base/units.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import { WALKED, walkFrames } from "../../src/cpython/frames.ts";
import { readInterpreters, readThreadStates } from "../../src/cpython/interpreters.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { RawStack } from "../../src/cpython/raw-stack.ts";
import { emptyThreadState } from "../../src/cpython/thread-state.ts";
import { monotonicNow, sleepUntil } from "../../src/os/clock.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import { Known } from "../../src/profile/tables.ts";
import { CopyList } from "../../src/sampler/capture/remote/copy-list.ts";
import { CopyPlan } from "../../src/sampler/capture/remote/copy-plan.ts";
import { FrameResolver } from "../../src/sampler/frame-resolver.ts";
import { Recorder } from "../../src/sampler/recorder.ts";
import { StackCursor } from "../../src/sampler/stack-cursor.ts";
import { emptyJudged, RecordingJudge, type Judged } from "./recording-judge.ts";
import type { StackJudge } from "./stack-judge.ts";

/** Copies that missed a piece. */
const maxIncomplete = 16;
/** Between samples: a program that waits for a CPU is not to be looked at 5,000 times meanwhile. */
const pause: Nanoseconds = 50e3;
const recheckPause: Nanoseconds = 250e6;

/**
 * A sampler like ours but for one thing: it believes the first copy that can be followed to the root. It copies the same frames, in the same
 * way, walks and names them with the same code, and looks as often. What a judge must catch, and what verification costs is measured against.
 */
export class UnverifiedReader {
  readonly #memory: RemoteMemory;
  readonly #layout: Layout;
  readonly #plan: CopyPlan;
  readonly #list: CopyList;
  readonly #state = emptyThreadState();
  readonly #raw = new RawStack();
  readonly #recorder = new Recorder();
  readonly #resolver: FrameResolver;
  readonly #cursor = new StackCursor();
  #cframe = 0;

  /** Reads the main thread of a process. */
  constructor(pid: Pid) {
    using image = openProcessImage(pid);
    const found = image === null ? null : findRuntime(image);
    if (found?.ok !== true) throw new Error(`no interpreter in ${pid}: ${JSON.stringify(found?.error)}`);
    this.#memory = new RemoteMemory(pid);
    this.#layout = found.value.layout;
    const interpreter = readInterpreters(this.#memory, found.value)!.at(-1)!;
    const thread = [...readThreadStates(this.#memory, found.value, interpreter)!.keys()].at(-1)!;
    this.#plan = new CopyPlan(this.#memory, this.#layout);
    this.#list = new CopyList(this.#layout, interpreter, thread, false);
    this.#resolver = new FrameResolver(this.#memory, this.#layout, this.#recorder);
  }

  /** False when no copy could be followed to the root. */
  sample(): boolean {
    const [list, plan, pointsToCframe] = [this.#list, this.#plan, this.#layout.thread.cframeCurrentFrame !== null];
    for (let incomplete = 0; incomplete < maxIncomplete; incomplete++) {
      list.layOut(plan.pieces, plan.refresh(), this.#cframe);
      const copied = this.#memory.readGather(list.gather);
      list.decodeThreadState(this.#state);
      plan.followChunks(this.#state.dataStackChunk);
      const cframe = pointsToCframe ? this.#state.frame : 0;
      const isElsewhere = cframe !== this.#cframe;
      this.#cframe = cframe;
      if (copied !== list.gather.size) plan.reset();
      if (isElsewhere || copied !== list.gather.size) continue;
      const missing = walkFrames(this.#layout, list.gather.view, list.firstFrames, plan.pieces, list.frameAt(0), this.#raw);
      if (missing === WALKED) {
        plan.trim(this.#raw);
        return this.#add();
      }
      if (missing > 0) plan.discover(missing);
    }
    return false;
  }

  /** Takes so many samples, and has them judged; goes on counting in `judged`. */
  judge(judge: StackJudge, samples: number, judged: Judged = emptyJudged()): Judged {
    const recordings = new RecordingJudge(judge, judged);
    let nextRecheck = 0;
    for (let taken = 0; taken < samples; sleepUntil(monotonicNow() + pause)) {
      if (this.sample()) taken++;
      if (monotonicNow() < nextRecheck && taken < samples) continue;
      this.#resolver.recheck();
      nextRecheck = monotonicNow() + recheckPause;
      recordings.add(this.#recorder.takeBlock([], null));
    }
    return judged;
  }

  /** Lets go of the samples so far. */
  forget(): void {
    this.#resolver.recheck();
    this.#recorder.takeBlock([], null);
  }

  #add(): true {
    this.#resolver.beginStack();
    const stack = this.#cursor.intern(this.#raw, this.#raw.length, this.#resolver, this.#recorder.stacks);
    this.#recorder.samples.push(monotonicNow(), 0, stack, 0, 0, Known.unchecked, -1);
    return true;
  }
}

import { LynceusError } from "../../base/errors.ts";
import type { Pid } from "../../base/units.ts";
import type { WriteOptions } from "../../formats/format.ts";
import { nodeCodec } from "../../formats/recording/node-codec.ts";
import { readRecording } from "../../formats/recording/read-recording.ts";
import { RecordingWriter } from "../../formats/recording/recording-writer.ts";
import type { Block, RecordingMeta } from "../../profile/tables.ts";
import { openInputFile } from "../../formats/files/input-file.ts";
import { defaultOutputName, replacePid } from "./output-name.ts";
import type { OutputPlan } from "./output-plan.ts";
import { isPlainPath } from "./plain-path.ts";
import { type Scratch, createScratch } from "./scratch.ts";
import { shellWord } from "../text/shell-word.ts";
import { StreamSink } from "./stream-sink.ts";
import { writeOutput } from "./write-output.ts";

interface PlacedOutput {
  readonly plan: OutputPlan;
  readonly path: string;
}

/**
 * All outputs of one recording. `.lyn` is written while it is made, under its own name, because it can be read at any
 * moment, even after a crash; everything else is made of it at the end. When nobody asked for a `.lyn` there is a
 * temporary one beside the first output, which is removed when all is written and kept, and named, when it is not.
 */
export class OutputFiles {
  readonly #outputs: readonly PlacedOutput[];
  readonly #options: WriteOptions;
  readonly #writer: RecordingWriter;
  /** The `.lyn` on disk that the other outputs are made of; null when there are none and it went into a pipe. */
  readonly #recordingPath: string | null;
  /** What is at that path, when nobody asked for a `.lyn`. */
  readonly #scratch: Scratch | null;

  /** Throws `cannot-write`. `onReaderGone`: nobody reads the recording any more. */
  constructor(plans: readonly OutputPlan[], meta: RecordingMeta, pid: Pid, options: WriteOptions, onReaderGone: () => void) {
    this.#outputs = plans.map((plan) => ({
      plan,
      path: plan.path === null ? defaultOutputName(meta.command, pid, plan.format.extensions[0]!) : replacePid(plan.path, pid),
    }));
    this.#options = options;
    const streamed = this.#outputs.filter(isStreamed).map(({ path }) => path);
    const onDisk = streamed.find(isPlainPath) ?? null;
    this.#scratch = onDisk === null && streamed.length < this.#outputs.length ? createScratch(this.#outputs[0]!.path) : null;
    this.#recordingPath = this.#scratch?.path ?? onDisk;
    this.#writer = new RecordingWriter(new StreamSink(this.#scratch === null ? streamed : [this.#scratch.path, ...streamed], onReaderGone), meta, nodeCodec);
  }

  /** Throws `cannot-write`: what was written until then can be read. */
  add(block: Block): void {
    this.#writer.add(block);
  }

  /** Ends the recording and makes the other outputs of it. Returns the files, "-" left out. Throws `cannot-write`. */
  async finish(): Promise<readonly string[]> {
    this.#writer.finish();
    for (const output of this.#outputs) if (!isStreamed(output)) await this.#convert(output);
    this.#scratch?.remove();
    return this.#outputs.map(({ path }) => path).filter((path) => path !== "-");
  }

  /** Leaves everything as it is. Returns the file that holds what was recorded, if any. */
  abandon(): string | null {
    try {
      this.#writer.close();
    } catch {
      // The disk is full, which is why we are here: what was written before can be read.
    }
    return this.#scratch?.isKept === false ? null : this.#recordingPath;
  }

  async #convert({ plan, path }: PlacedOutput): Promise<void> {
    const source = openInputFile(this.#recordingPath!);
    try {
      await writeOutput(plan, path, readRecording(source), this.#options);
    } catch (error) {
      if (!(error instanceof LynceusError) || this.#scratch?.isKept === false) throw error;
      const hint = `the recording is kept; try again with: lynceus convert ${shellWord(this.#recordingPath!)} -o ${shellWord(path)}`;
      throw new LynceusError(error.code, error.message, { hint, cause: error.cause });
    } finally {
      source.close();
    }
  }
}

function isStreamed({ plan }: PlacedOutput): boolean {
  return plan.format.name === "lyn" && !plan.isGzipped;
}

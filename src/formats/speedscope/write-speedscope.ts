import { PairInterner } from "../../base/interner.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { type Tables, stringAt } from "../../profile/tables-builder.ts";
import { FunctionKind, NONE, type Recording, type StackIndex } from "../../profile/tables.ts";
import { weightAt } from "../../profile/visit-weights.ts";
import type { WriteOptions } from "../format.ts";
import { jsonList } from "../json/json-pieces.ts";
import { kindNames } from "../names.ts";
import { StackTexts } from "../stack-texts.ts";
import { type Outline, type RowTest, type ThreadSamples, outlineOf, samplesByThread, valuesOf } from "../thread-samples.ts";
import { threadTitles } from "../thread-titles.ts";

export const schema = "https://www.speedscope.app/file-format-schema.json";

/**
 * A profile per thread, its samples in the order of time, their weights in nanoseconds. What speedscope has no word for is under
 * "lynceus", which it leaves alone: the recording's own data, whose thread it is, each sample's state and how it is known.
 */
export function* writeSpeedscope(recording: Recording, options: WriteOptions): Generator<string> {
  yield `{"$schema":${JSON.stringify(schema)},"exporter":${JSON.stringify(recording.meta.creator)}`;
  const outline = outlineOf(recording, options.mode);
  const { tables, counts, weights } = outline;
  const written = Array.from(counts.keys()).filter((thread) => counts[thread]! > 0);
  const busiest = written.reduce((most, thread, at) => (weights[thread]! > weights[written[most]!]! ? at : most), 0);
  yield `,"name":${JSON.stringify(recording.meta.command.join(" "))},"activeProfileIndex":${busiest}`;
  yield `,"lynceus":${JSON.stringify(outline.own.toJson(recording, options.mode, outline.duration))}`;
  const frames = placesOf(tables);
  yield `,"shared":{"frames":`;
  yield* jsonList(frames.texts, ",\n");
  yield `},"profiles":[`;
  const stacks = new StackTexts(tables.stacks, (frame) => String(frames.ofFrame[frame]), ",");
  const titles = threadTitles(tables);
  let before = "\n";
  for (const samples of samplesByThread(recording, outline, options.mode)) {
    yield before;
    yield* profilePieces(samples, options.mode, outline, titles[samples.thread]!, (stack) => `[${stacks.textOf(stack)}]`);
    before = ",\n";
  }
  yield "]}\n";
}

function* profilePieces(samples: ThreadSamples, mode: Mode, outline: Outline, title: string, stackText: (stack: StackIndex) => string): Generator<string> {
  const { tables, weights } = outline;
  const row = tables.threads[samples.thread]!;
  const thread = { pid: tables.processes[row.process]?.pid ?? 0, tid: row.tid, interpreter: row.interpreter, name: tables.threadNames[samples.thread] ?? "" };
  yield `{"type":"sampled","name":${JSON.stringify(title)},"unit":"nanoseconds","startValue":0,"endValue":${weights[samples.thread]!}`;
  yield `,"lynceus":${JSON.stringify(thread)},"samples":`;
  // Where tasks have all of a sample's time, it is theirs.
  const isWanted: RowTest = (chunk, at) => mode !== "wall" || chunk.sharedOut[at] === 0 || weightAt(chunk, at, mode) > 0;
  yield* jsonList(valuesOf(samples, ({ stack }, at) => stackText(stack[at]!), isWanted));
  yield `,"weights":`;
  yield* jsonList(valuesOf(samples, (chunk, at) => weightAt(chunk, at, mode), isWanted));
  yield `,"known":`;
  yield* jsonList(valuesOf(samples, ({ known }, at) => known[at]!, isWanted));
  yield `,"state":`;
  yield* jsonList(valuesOf(samples, ({ state }, at) => state[at]!, isWanted));
  yield "}";
}

/** speedscope's frames: a line of a function. Ours with different columns are the same for it, or it would show them as different functions. */
function placesOf(tables: Tables): { readonly texts: readonly string[]; readonly ofFrame: Int32Array } {
  const places = new PairInterner();
  const ofFrame = new Int32Array(tables.frames.length).fill(NONE);
  const texts: string[] = [];
  for (let frame = 0; frame < ofFrame.length; frame++) {
    const place = places.intern(tables.frames.function[frame]!, tables.frames.line[frame]!);
    ofFrame[frame] = place;
    if (place === texts.length) texts.push(frameText(tables, places.firstOf(place), places.secondOf(place)));
  }
  return { texts, ofFrame };
}

function frameText(tables: Tables, of: number, line: number): string {
  const { name, file, kind } = tables.functions;
  const path = stringAt(tables, file[of]!);
  return JSON.stringify({
    name: stringAt(tables, name[of]!),
    ...(path === "" ? {} : { file: path }),
    ...(line === 0 ? {} : { line }),
    ...(kind[of] === FunctionKind.python ? {} : { kind: kindNames[kind[of]!] }),
  });
}

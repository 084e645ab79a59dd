import { type Mode, neededState } from "../../src/profile/sample-filter.ts";
import { noWaits } from "../../src/profile/empty-block.ts";
import { TablesBuilder, stringAt } from "../../src/profile/tables-builder.ts";
import { type Block, NONE, type Recording, type SampleColumns } from "../../src/profile/tables.ts";

export interface TotalsOptions {
  readonly mode: Mode;
  /** "samples" where a format keeps each of them, "time" where it joins what follows on itself. */
  readonly count: "samples" | "time";
  /** Nanoseconds that times are rounded to. */
  readonly unit?: number;
}

/**
 * What another format has to keep: by thread, stack (names, files, lines, kinds) and how it is known, samples and time. As
 * sorted lines, so that a difference can be read.
 */
export function totalsOf(recording: Recording, { mode, count, unit = 1 }: TotalsOptions): readonly string[] {
  const tables = new TablesBuilder();
  const rows: { readonly thread: number; readonly stack: number; readonly known: number; readonly time: number }[] = [];
  for (const block of recording.blocks()) {
    tables.add(block);
    const { samples, waits } = block;
    for (let row = 0; row < samples.length; row++) {
      if ((samples.state[row]! & neededState(mode)) !== neededState(mode)) continue;
      rows.push({ thread: samples.thread[row]!, stack: samples.stack[row]!, known: samples.known[row]!, time: timeOf(block, row, mode) });
    }
    for (let row = 0; mode === "wall" && row < waits.length; row++) {
      const time = waits.wall[row]!;
      if (time > 0) rows.push({ thread: waits.thread[row]!, stack: waits.stack[row]!, known: waits.known[row]!, time });
    }
  }
  const { functions, frames, stacks } = tables;
  const sums = new Map<string, [samples: number, time: number]>();
  for (const { thread, stack, known, time } of rows) {
    const items: unknown[] = [];
    for (let at = stack; at !== NONE; at = stacks.parent[at]!) {
      const frame = stacks.frame[at]!;
      const of = frames.function[frame]!;
      items.push([stringAt(tables, functions.name[of]!), stringAt(tables, functions.file[of]!), frames.line[frame], functions.kind[of]]);
    }
    const { process, tid, interpreter } = tables.threads[thread]!;
    const key = JSON.stringify([tables.processes[process]!.pid, tid, interpreter, tables.threadNames[thread], known, items.reverse()]);
    const sum = sums.get(key) ?? [0, 0];
    sums.set(key, [sum[0] + 1, sum[1] + time]);
  }
  return [...sums].map(([key, [samples, time]]) => `${key} ${count === "samples" ? `${samples} ` : ""}${Math.round(time / unit) * unit}`).sort();
}

function timeOf({ samples: { wall, cpu, sharedOut } }: Block, row: number, mode: Mode): number {
  return { wall: Math.max(0, wall[row]! - sharedOut[row]!), cpu: cpu[row]!, gil: wall[row]! }[mode];
}

/** Times that sums of stay whole in a double. */
export function withModestTimes(blocks: readonly Block[], most: number = 2 ** 40): readonly Block[] {
  return blocks.map((block) => ({
    ...block,
    samples: modest(block.samples, most),
    waits: { ...block.waits, wall: block.waits.wall.map((value) => value % most) },
  }));
}

function modest(samples: SampleColumns, most: number): SampleColumns {
  const wall = samples.wall.map((value) => value % most);
  return { ...samples, wall, cpu: samples.cpu.map((value) => value % most), sharedOut: samples.sharedOut.map((value, row) => (wall[row]! > 0 ? value % wall[row]! : 0)) };
}

/** Each sample begins where the thread's last one ended, and lasts as long as it weighs: what a time line can hold without a change. */
export function withTimesEndToEnd(blocks: readonly Block[], most: number = 2 ** 30): readonly Block[] {
  const last: number[] = [];
  return blocks.map((block) => {
    const { waits } = block;
    const samples = modest(block.samples, most);
    const { thread } = samples;
    const time = samples.wall.map((value, row) => (last[thread[row]!] = (last[thread[row]!] ?? 0) + value));
    return { ...block, samples: { ...samples, time }, waits: { ...waits, end: waits.end.map((value) => value % most), wall: waits.wall.map((value) => value % most) } };
  });
}

/** Threads alone: their times are in samples, whatever their tasks did. */
export function withoutTasks(blocks: readonly Block[]): readonly Block[] {
  return blocks.map((block) => ({ ...block, samples: { ...block.samples, sharedOut: block.samples.sharedOut.map(() => 0) }, waits: noWaits }));
}

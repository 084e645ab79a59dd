import { expect } from "vitest";

const sampleLine = /^P\d+;T\d+:\d+(;[^;]*:[^;:]+:\d+|;:GC:)* (\d+|\d+,[01],-?\d+|-?\d+)$/;

export interface AustinText {
  readonly metadata: ReadonlyMap<string, string>;
  readonly keys: readonly string[];
  readonly samples: readonly string[];
}

/** Everything in it is of Austin's grammar, or the test fails. */
export function parseAustin(text: string): AustinText {
  const lines = text.split("\n");
  const metadata = lines.filter((line) => line.startsWith("# ")).map((line) => line.slice(2).split(": ") as [string, string]);
  const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of samples) expect(line).toMatch(sampleLine);
  return { metadata: new Map(metadata), keys: metadata.map(([key]) => key), samples };
}

const timeOf = (line: string): number => Number(line.slice(line.lastIndexOf(" ") + 1).split(",")[0]);

/** No thread has more time than the recording took. */
export function checkSums({ metadata, samples }: AustinText): void {
  const sums = new Map<string, number>();
  for (const line of samples) {
    const thread = line.split(/[; ]/, 2).join(";");
    sums.set(thread, (sums.get(thread) ?? 0) + timeOf(line));
  }
  for (const sum of sums.values()) expect(sum).toBeLessThanOrEqual(Number(metadata.get("duration")) + 1000);
}

/** The keys at the end of a file, when there are samples in it. */
export const tailKeys: readonly string[] = ["duration", "sampling", "saturation", "errors"];

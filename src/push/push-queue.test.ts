import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PushRequest } from "./encode-slice.ts";
import { PushQueue } from "./push-queue.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-queue-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function request(time: number, size = 10): PushRequest {
  return {
    time,
    query: `?name=a%7Bb%3Dc%7D&from=${time}`,
    headers: { "content-type": "application/octet-stream" },
    body: new Uint8Array(size).fill(time % 256),
  };
}

function drain(queue: PushQueue): number[] {
  const times: number[] = [];
  for (let next = queue.next(); next !== null; next = queue.next()) {
    times.push(Number(/from=(\d+)/.exec(next.request.query)![1]));
    queue.remove(next.name);
  }
  return times;
}

/** As if the process that wrote them had ended a minute ago. */
function orphan(path: string): void {
  for (const name of readdirSync(path)) {
    const of = join(path, name.replace(`-${process.pid}-`, "-4194399-"));
    renameSync(join(path, name), of);
    utimesSync(of, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  }
}

describe("a queue", () => {
  it("gives back what was put into it, the oldest first, also after a restart", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.nat(2 ** 40), fc.nat(300)), { selector: ([time]) => time, maxLength: 8 }), (slices) => {
        const queue = new PushQueue(folder, 2 ** 20);
        for (const [time, size] of slices) queue.put(request(time, size));
        const again = new PushQueue(folder, 2 ** 20);
        const first = again.next();
        if (first !== null) {
          const oldest = slices.toSorted(([a], [b]) => a - b)[0]!;
          expect(first.request).toEqual({ query: request(oldest[0]).query, headers: request(0).headers, body: Buffer.from(request(...oldest).body) });
        }
        expect(drain(again)).toEqual(slices.map(([time]) => time).toSorted((a, b) => a - b));
        expect(readdirSync(folder)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("is for our eyes only", () => {
    const queue = new PushQueue(join(folder, "inner"), 2 ** 20);
    queue.put(request(1));
    expect(statSync(join(folder, "inner")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "inner", readdirSync(queue.folder)[0]!)).mode & 0o777).toBe(0o600);
  });

  it("drops the oldest when there are too many", () => {
    const queue = new PushQueue(folder, 5000);
    for (let time = 1; time <= 10; time++) queue.put(request(time, 1000));
    expect(queue.dropped).toBe(6);
    expect(queue.length).toBe(4);
    expect(drain(queue)).toEqual([7, 8, 9, 10]);
  });

  it("sends what a dead process left, and not what a living one has", () => {
    const queue = new PushQueue(folder, 2 ** 20);
    queue.put(request(1));
    orphan(folder);
    // Process 1 is always there.
    queue.put(request(2));
    const [, living] = readdirSync(folder).toSorted();
    renameSync(join(folder, living!), join(folder, living!.replace(`-${process.pid}-`, "-1-")));
    expect(queue.length).toBe(1);
    expect(drain(queue)).toEqual([1]);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("leaves what waits to whoever comes", () => {
    const queue = new PushQueue(folder, 2 ** 20);
    for (const time of [3, 1, 2]) queue.put(request(time));
    queue.release();
    expect(readdirSync(folder).every((name) => name.includes("-0-"))).toBe(true);
    expect(drain(new PushQueue(folder, 2 ** 20))).toEqual([1, 2, 3]);
  });

  it("throws away what is no slice of ours, and leaves other files alone", () => {
    const queue = new PushQueue(folder, 2 ** 20);
    const name = (time: number): string => join(folder, `${String(time).padStart(16, "0")}-0-1.slice`);
    for (const [time, text] of [
      "",
      "nonsense",
      "{}\nbody",
      '{"version":2,"query":"","headers":{}}\nbody',
      '{"version":1,"query":"?a b","headers":{}}\nbody',
      '{"version":1,"query":"","headers":{"authorization":"x"}}\nbody',
    ].entries())
      writeFileSync(name(time), text);
    writeFileSync(join(folder, "note.txt"), "keep");
    mkdirSync(join(folder, "0000000000000009-0-1.slice"));
    queue.put(request(20));
    expect(queue.next()?.request.query).toBe(request(20).query);
    expect(queue.dropped).toBeGreaterThanOrEqual(6);
    expect(readdirSync(folder)).toContain("note.txt");
  });

  it("keeps in memory what the disk does not take", () => {
    const queue = new PushQueue(join(folder, "gone"), 2 ** 24);
    rmSync(join(folder, "gone"), { recursive: true });
    queue.put(request(2));
    queue.put(request(1));
    expect([queue.inMemory, queue.length]).toEqual([2, 2]);
    queue.put(request(3, 8 * 2 ** 20 - 5));
    expect(queue.dropped).toBe(2);
    expect(drain(queue)).toEqual([3]);
  });
});

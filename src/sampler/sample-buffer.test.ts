import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Known, NONE, State } from "../profile/tables.ts";
import { SampleBuffer } from "./sample-buffer.ts";

/** One thread's rows, 1 ms each, on a CPU where `running` says so. */
function bufferOf(running: readonly boolean[]): { buffer: SampleBuffer; last: number } {
  const buffer = new SampleBuffer();
  let last = NONE;
  running.forEach((isRunning, index) => {
    last = buffer.push(index * 1e6, 0, 7, 1e6, isRunning ? State.onCpu : 0, Known.verified, last);
  });
  return { buffer, last };
}

describe("chargeCpu", () => {
  it("shares what the kernel counted among the samples that saw the thread running", () => {
    const { buffer, last } = bufferOf([true, true, false, true, true]);
    expect(buffer.chargeCpu(last, 4, 3e6)).toBe(0);
    expect([...buffer.take().cpu]).toEqual([0, 1e6, 0, 1e6, 1e6]);
  });

  it("charges only the samples since the kernel last counted, also when the newest of them saw it idle", () => {
    const { buffer, last } = bufferOf([true, true, true, false]);
    expect(buffer.chargeCpu(last, 2, 0.5e6)).toBe(0);
    expect([...buffer.take().cpu]).toEqual([0, 0, 0.5e6, 0]);
  });

  it("hands back what no sample saw", () => {
    const { buffer, last } = bufferOf([true, false, false]);
    expect(buffer.chargeCpu(last, 2, 1234)).toBe(1234);
    expect([...buffer.take().cpu]).toEqual([0, 0, 0]);
  });

  it("loses nothing and invents nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }), fc.nat(60), fc.nat(1e8), (running, count, cpu) => {
        const { buffer, last } = bufferOf(running);
        const left = buffer.chargeCpu(last, Math.max(count, 1), cpu);
        const { cpu: charged, state } = buffer.take();
        expect(charged.reduce((sum, value) => sum + value, 0) + left).toBe(cpu);
        charged.forEach((value, index) => expect(value === 0 || (value > 0 && state[index]! & State.onCpu)).toBeTruthy());
      }),
    );
  });
});

describe("correct", () => {
  it("changes only the rows of the given threads from a row on, and says how they were known", () => {
    const { buffer } = bufferOf([true, true, true]);
    buffer.push(3e6, 1, 7, 1e6, 0, Known.verified, NONE);
    expect(buffer.correct(1, new Set([0]), () => 9)).toEqual([2, 0, 0, 0, 0]);
    const { stack, known } = buffer.take();
    expect([...stack]).toEqual([7, 9, 9, 7]);
    expect([...known]).toEqual([Known.verified, Known.partial, Known.partial, Known.verified]);
  });
});

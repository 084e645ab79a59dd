/** `tsx bench/unverified-sampler.ts PID INTERVAL_SECONDS`: reads as Lynceus does and proves nothing. Ends on SIGTERM with the number of samples. */
import { monotonicNow, sleepUntil, wakePrecisely } from "../src/os/clock.ts";
import { UnverifiedReader } from "../test/support/unverified-reader.ts";

const interval = Number(process.argv[3]) * 1e9;
const reader = new UnverifiedReader(Number(process.argv[2]));
let samples = 0;
let isOver = false;
process.on("SIGTERM", () => (isOver = true));
wakePrecisely();

/** Half a second, then a look at what was signalled. */
function sampleForAWhile(): void {
  const end = monotonicNow() + 5e8;
  for (let due = monotonicNow(); due < end;) {
    sleepUntil(due);
    if (reader.sample()) samples++;
    due += interval * (1 + Math.floor((monotonicNow() - due) / interval));
  }
  reader.forget();
  if (!isOver) setImmediate(sampleForAWhile);
  else process.stdout.write(`SAMPLES ${samples}\n`);
}
sampleForAWhile();

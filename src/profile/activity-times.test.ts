import { expect, test } from "vitest";
import { addActivity, noActivity, sumActivity } from "./activity-times.ts";
import { Known, State } from "./tables.ts";

test("each moment is one of the four, if anybody said", () => {
  const times = noActivity();
  addActivity(times, State.onCpu | State.holdsGil, Known.unchecked, 1);
  addActivity(times, State.onCpu | State.waitsForCpu, Known.verified, 2);
  addActivity(times, 0, Known.verified, 4);
  addActivity(times, State.uninterruptible, Known.verified, 8);
  addActivity(times, State.waitsForGil, Known.verified, 16);
  addActivity(times, State.stopped, Known.verified, 32);
  addActivity(times, 0, Known.unchecked, 64);
  expect(sumActivity([times, noActivity(), times])).toEqual({ onCpu: 2, waitingForCpu: 4, blocked: 56, stopped: 64, untold: 128 });
  expect(times).toEqual({ onCpu: 1, waitingForCpu: 2, blocked: 28, stopped: 32, untold: 64 });
});

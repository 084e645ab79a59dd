import { expect, test } from "vitest";
import { addActivity, noActivity, sumActivity } from "./activity-times.ts";
import { State } from "./tables.ts";

test("each moment is one of the four", () => {
  const times = noActivity();
  addActivity(times, State.onCpu | State.holdsGil, 1);
  addActivity(times, State.onCpu | State.waitsForCpu, 2);
  addActivity(times, 0, 4);
  addActivity(times, State.uninterruptible, 8);
  addActivity(times, State.waitsForGil, 16);
  addActivity(times, State.stopped, 32);
  expect(sumActivity([times, noActivity(), times])).toEqual({ onCpu: 2, waitingForCpu: 4, blocked: 56, stopped: 64 });
  expect(times).toEqual({ onCpu: 1, waitingForCpu: 2, blocked: 28, stopped: 32 });
});

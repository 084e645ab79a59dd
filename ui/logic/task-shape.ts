import { foldTasks, groupByTask } from "../../src/profile/fold-tasks.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { FunctionKind } from "../../src/profile/tables.ts";

/** How tasks are shown. */
export interface TaskShape {
  /** Those whose names differ in numbers only are not one, `Task-*`. */
  readonly isApart: boolean;
  /** Stacks begin at their innermost task, whoever waits for it. */
  readonly isGrouped: boolean;
}

export const usualShape: TaskShape = { isApart: false, isGrouped: false };

/** A recording's tables in each shape. Functions are the same in all of them: what is selected stays what it is. */
export interface ShapedProfiles {
  /** With the functions of all shapes. */
  readonly profile: Profile;
  readonly hasTasks: boolean;
  /** There are some whose names differ in numbers only. */
  readonly hasAlike: boolean;
  readonly in: (shape: TaskShape) => Profile;
}

export function shapeTasks(original: Profile): ShapedProfiles {
  const folded: Profile = { ...original, ...foldTasks(original) };
  const apart: Profile = { ...folded, frames: original.frames };
  const { kind, length } = original.functions;
  let hasTasks = false;
  for (let index = 0; index < length && !hasTasks; index++) hasTasks = kind[index] === FunctionKind.task;
  return {
    profile: folded,
    hasTasks,
    hasAlike: folded.functions.length > length,
    in: ({ isApart, isGrouped }) => {
      const profile = isApart ? apart : folded;
      return isGrouped ? { ...profile, ...groupByTask(profile) } : profile;
    },
  };
}

import type { FoundTask } from "../../cpython/tasks/found-task.ts";

/** What a task waits for, in a word or two, the same for all that wait for the same kind of thing. */
export function describeAwaited({ state, waitsFor }: FoundTask): string {
  if (state === "created") return "its first turn";
  if (state === "ready") return "its turn";
  if (waitsFor === null) return "";
  switch (waitsFor.kind) {
    case "task":
      return "another task";
    case "tasks":
      return "other tasks";
    case "socket":
    case "sleep":
    case "thread":
      return waitsFor.kind;
    default:
      return waitsFor.typeName === "" ? waitsFor.kind : waitsFor.typeName;
  }
}

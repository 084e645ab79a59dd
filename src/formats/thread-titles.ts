import type { Tables } from "../profile/tables-builder.ts";

/** What other viewers call a thread: its name or its id, both where the name is not enough, and the process's id where there are several. */
export function threadTitles({ processes, threads, threadNames }: Tables): readonly string[] {
  const nameOf = (thread: number): string => `${threads[thread]!.process} ${threadNames[thread] ?? ""}`;
  const counts = new Map<string, number>();
  for (const thread of threads.keys()) counts.set(nameOf(thread), (counts.get(nameOf(thread)) ?? 0) + 1);
  return threads.map(({ process, tid, interpreter }, thread) => {
    const name = threadNames[thread] ?? "";
    const own = name === "" ? `thread ${tid}` : counts.get(nameOf(thread)) === 1 ? name : `${name} (${tid})`;
    const inside = interpreter === 0 ? own : `${own}, interpreter ${interpreter}`;
    return processes.length > 1 ? `${processes[process]?.pid ?? 0}: ${inside}` : inside;
  });
}

import type { JSX } from "preact";
import { useComputed } from "@preact/signals";
import { setScope } from "../actions.ts";
import { formatShare, formatTime } from "../logic/format.ts";
import { type Activity, activityByProcess, activityByThread } from "../logic/thread-activity.ts";
import type { Scope } from "../logic/call-trees.ts";
import type { State } from "../state.ts";

const mostShown = 200;

/** Every thread with what it did all the time, below its process when there are several: the busy one shows at once. */
export function Threads({ state }: { state: State }): JSX.Element {
  const { profile, labels } = state;
  const activity = useComputed(() => activityByThread(profile)).value;
  const scope = state.scope.value;
  const hasProcesses = profile.processes.length > 1;
  const processes = useComputed(() => activityByProcess(profile, activity)).value;
  const busiest = (a: Activity, b: Activity): number => b.cpu - a.cpu || b.wall - a.wall;
  const order = [...profile.threads.keys()].sort((a, b) => {
    const [one, other] = [profile.threads[a]!.process, profile.threads[b]!.process];
    return one === other ? busiest(activity[a]!, activity[b]!) : busiest(processes[one]!, processes[other]!) || one - other;
  });
  const isChosen = (candidate: Scope): boolean => JSON.stringify(candidate) === JSON.stringify(scope);
  const choice = (candidate: Scope, key: string, name: string, note: JSX.Element | null, isIndented = false): JSX.Element => (
    <li key={key} class={isIndented ? "indented" : ""}>
      <button type="button" aria-pressed={isChosen(candidate)} onClick={() => setScope(state, candidate)}>
        <span class="name">{name}</span>
        {note}
      </button>
    </li>
  );
  let process = -1;
  return (
    <section>
      <h2>{hasProcesses ? "Processes and threads" : "Threads"}</h2>
      <ul class="threads">
        {choice({ kind: "all" }, "all", "All threads", <span class="share">{profile.threads.length}</span>)}
        {order.slice(0, mostShown).flatMap((thread) => {
          const row = profile.threads[thread]!;
          const { wall, cpu, gil, waiting, told } = activity[thread]!;
          const items: JSX.Element[] = [];
          if (hasProcesses && row.process !== process) {
            process = row.process;
            const of = processes[process]!;
            const used = <span class="share">{of.told > 0 ? `${formatTime(of.cpu)} CPU` : formatTime(of.wall)}</span>;
            items.push(choice({ kind: "process", process }, `p${process}`, labels.processName(process), used));
          }
          const seen = `${labels.threadName(thread)}, thread ${row.tid}: seen for ${formatTime(wall)}`;
          const title = `${seen}, on a CPU for ${formatTime(cpu)}${waiting > 0 ? `, waiting for one for ${formatTime(waiting)}` : ""}, with the GIL for ${formatTime(gil)}`;
          const note =
            told === 0 ? (
              <span class="share" title={seen}>
                {formatTime(wall)}
              </span>
            ) : (
              <>
                <span class="share">{formatShare(wall > 0 ? cpu / wall : 0)} CPU</span>
                <span class="activity" title={title}>
                  <i class="cpu" style={{ width: share(cpu, wall) }} />
                  <i class="waiting" style={{ width: share(waiting, wall) }} />
                </span>
              </>
            );
          items.push(choice({ kind: "thread", thread }, `t${thread}`, labels.threadName(thread), note, hasProcesses));
          return items;
        })}
      </ul>
      {order.length > mostShown && <p class="faint">{order.length - mostShown} more in the list above the picture.</p>}
    </section>
  );
}

function share(part: number, whole: number): string {
  return whole > 0 ? `${Math.min(100, (part / whole) * 100)}%` : "0";
}

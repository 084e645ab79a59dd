import type { JSX } from "preact";
import { setMode, setScope, setTaskShape, setView } from "../actions.ts";
import type { State } from "../state.ts";
import { metrics, metricSentences, metricTitles, comparedSentences, viewSentences, viewTitles } from "../view-names.ts";
import type { Scope } from "../logic/call-trees.ts";
import { SearchField } from "./search-field.tsx";

export function Toolbar({ state }: { state: State }): JSX.Element {
  return (
    <div class="toolbar">
      <div class="segments views" role="group" aria-label="View">
        {state.views.map((name, index) => (
          <button
            key={name}
            type="button"
            aria-pressed={state.view.value === name}
            title={`${(state.comparison === null ? viewSentences : comparedSentences)[name]} (key ${index + 1})`}
            onClick={() => setView(state, name)}
          >
            {viewTitles[name]}
          </button>
        ))}
      </div>
      <div class="segments" role="group" aria-label="Time that counts">
        {metrics.map((mode) => (
          <button key={mode} type="button" aria-pressed={state.mode.value === mode} title={metricSentences[mode]} onClick={() => setMode(state, mode)}>
            {metricTitles[mode]}
          </button>
        ))}
      </div>
      <TaskChoice state={state} />
      <ScopeChoice state={state} />
      <SearchField state={state} />
    </div>
  );
}

/** Only where there are tasks. Two recordings have their tasks compared by what they are called. */
function TaskChoice({ state }: { state: State }): JSX.Element | null {
  const { hasTasks, hasAlike } = state.tasks;
  const shape = state.taskShape.value;
  if (!hasTasks || state.comparison !== null) return null;
  return (
    <div class="segments" role="group" aria-label="Tasks">
      <button
        type="button"
        aria-pressed={shape.isGrouped}
        title="Group by task: each task stands below its thread, whoever waits for it."
        onClick={() => setTaskShape(state, { ...shape, isGrouped: !shape.isGrouped })}
      >
        By task
      </button>
      {hasAlike && (
        <button
          type="button"
          aria-pressed={shape.isApart}
          title="Each task by itself. Else those whose names differ in numbers only are one: Task-*."
          onClick={() => setTaskShape(state, { ...shape, isApart: !shape.isApart })}
        >
          Each one
        </button>
      )}
    </div>
  );
}

/** The way to a thread on narrow screens and by keyboard; the sidebar has the same with figures. */
function ScopeChoice({ state }: { state: State }): JSX.Element {
  const { profile, labels } = state;
  const choose = (value: string): void => {
    const [kind, index] = value.split(":");
    const scope: Scope = kind === "thread" ? { kind, thread: Number(index) } : kind === "process" ? { kind, process: Number(index) } : { kind: "all" };
    setScope(state, scope);
  };
  return (
    <select class="scope" aria-label="Thread" value={scopeKey(state.scope.value)} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="all">All threads</option>
      {profile.processes.map((process, index) => (
        <optgroup key={index} label={labels.processName(index)}>
          {profile.processes.length > 1 && <option value={`process:${index}`}>All of pid {process.pid}</option>}
          {profile.threads.map((thread, at) =>
            thread.process === index ? (
              <option key={at} value={`thread:${at}`}>
                {labels.threadName(at)} ({thread.tid})
              </option>
            ) : null,
          )}
        </optgroup>
      ))}
    </select>
  );
}

function scopeKey(scope: Scope): string {
  return scope.kind === "thread" ? `thread:${scope.thread}` : scope.kind === "process" ? `process:${scope.process}` : "all";
}

import type { JSX } from "preact";
import type { FunctionIndex } from "../../src/profile/tables.ts";
import type { Comparison } from "../comparison.ts";
import { formatTime } from "../logic/format.ts";
import { timesByLine } from "../logic/function-rows.ts";
import type { State } from "../state.ts";
import { ChangeCell } from "./change-table.tsx";

const mostLines = 50;

/** What the selected function cost before and after, as a whole and by line. Lines before are moved with their function. */
export function ChangeDetail({ state, comparison, selected }: { state: State; comparison: Comparison; selected: FunctionIndex }): JSX.Element {
  const { before, after } = comparison.times.value;
  const linesBefore = new Map(timesByLine(comparison.before, comparison.weightsBefore.value, selected).map((row) => [row.line, row.total]));
  const linesAfter = new Map(timesByLine(state.shown.value, state.weights.value, selected).map((row) => [row.line, row.total]));
  const size = (line: number): number => Math.abs((linesAfter.get(line) ?? 0) - (linesBefore.get(line) ?? 0));
  const lines = [...new Set([...linesBefore.keys(), ...linesAfter.keys()])].sort((a, b) => size(b) - size(a) || a - b);
  const row = (title: string | JSX.Element, key: string, [a, b]: readonly [number, number]): JSX.Element => (
    <tr key={key}>
      <td>{title}</td>
      <td class="number">{formatTime(a)}</td>
      <td class="number">{formatTime(b)}</td>
      <ChangeCell before={a} after={b} />
    </tr>
  );
  return (
    <div class="table-scroll">
      <table class="lines">
        <thead>
          <tr>
            <th />
            <th class="number">Before</th>
            <th class="number">After</th>
            <th class="number">Change</th>
          </tr>
        </thead>
        <tbody>
          {row("Own", "own", [before.own[selected]!, after.own[selected]!])}
          {row("Total", "total", [before.total[selected]!, after.total[selected]!])}
          {lines.slice(0, mostLines).map((line) =>
            row(
              <>
                Line <code>{line > 0 ? line : "?"}</code>
              </>,
              String(line),
              [linesBefore.get(line) ?? 0, linesAfter.get(line) ?? 0],
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

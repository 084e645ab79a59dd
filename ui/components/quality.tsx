import type { JSX } from "preact";
import { useComputed } from "@preact/signals";
import { formatCount, formatShare } from "../logic/format.ts";
import { countKnown, qualityFigures, verdictOf } from "../logic/quality.ts";
import type { State } from "../state.ts";

const sentences = {
  good: "You can trust this picture: hardly anything is missing.",
  fair: "Some samples are not fully known: small differences may mean nothing.",
  poor: "Much is not known: take this picture as a hint only.",
} as const;

/** How well the data is known, figure by figure. */
export function Quality({ state }: { state: State }): JSX.Element {
  const { profile } = state;
  const figures = useComputed(() => {
    const due = profile.quality.reduce((sum, row) => sum + row.roundsDue, 0);
    const late = profile.quality.reduce((sum, row) => sum + row.roundsLate, 0);
    return qualityFigures(countKnown(profile), due, late);
  }).value;
  const verdict = verdictOf(figures);
  return (
    <section class="quality">
      <h2>
        How well it is known <span class={`verdict ${verdict}`}>{verdict}</span>
      </h2>
      <p class="sentence">{sentences[verdict]}</p>
      <dl>
        {figures.map(({ name, count, share, explanation, isLoss }) => (
          <div key={name} class={count === 0 ? "zero" : isLoss && share >= 0.01 ? "loss" : ""}>
            <dt>{name}</dt>
            <dd class="figure" title={`${formatCount(count)} ${name === "late" ? "looks" : "samples"}`}>
              {formatShare(share)}
            </dd>
            <dd class="explanation">{explanation}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

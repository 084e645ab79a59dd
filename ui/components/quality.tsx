import type { JSX } from "preact";
import { formatCount, formatShare } from "../logic/format.ts";
import { verdictOf, type QualityFigure, type Verdict } from "../logic/quality.ts";
import type { State } from "../state.ts";

const sentences = {
  good: "You can trust this picture: hardly anything is missing.",
  fair: "Some samples came late or are not fully known: small differences may mean nothing.",
  poor: "Much is not known: take this picture as a hint only.",
  unchecked: "Another profiler took these samples: nobody checked them.",
} as const satisfies Record<Verdict, string>;

/** How well the data is known, figure by figure. */
export function Quality({ state }: { state: State }): JSX.Element {
  const figures = state.quality;
  const verdict = verdictOf(figures);
  return (
    <section class="quality" id="quality">
      <h2>
        How well it is known <span class={`verdict ${verdict}`}>{verdict}</span>
      </h2>
      <p class="sentence">{sentences[verdict]}</p>
      <dl>
        {figures.map(({ name, count, share, explanation, isLoss }) => (
          <div key={name} class={rank({ count, share, isLoss })}>
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

function rank({ count, share, isLoss }: Pick<QualityFigure, "count" | "share" | "isLoss">): string {
  return count === 0 ? "zero" : isLoss && share >= 0.01 ? "loss" : "";
}

/** The same in one line under the picture, where it is always seen. */
export function QualityLine({ state }: { state: State }): JSX.Element {
  const verdict = verdictOf(state.quality);
  return (
    <footer class="status">
      <a href="#quality" class={`verdict ${verdict}`} title={sentences[verdict]}>
        {verdict}
      </a>
      {state.quality.map((figure) => (
        <span key={figure.name} class={rank(figure)} title={figure.explanation}>
          <b>{formatShare(figure.share)}</b> {figure.name}
        </span>
      ))}
    </footer>
  );
}

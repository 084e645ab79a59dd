import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { BoxIndex } from "../logic/boxes.ts";
import { ownTime } from "../logic/call-trees.ts";
import { formatShare, formatTime } from "../logic/format.ts";
import { moduleKindNames } from "../logic/module-kind.ts";
import type { State } from "../state.ts";

export interface Hover {
  readonly box: BoxIndex;
  /** Of the pointer, in the page. */
  readonly x: number;
  readonly y: number;
}

const distance = 14;

/** Beside the pointer, and always inside the page. */
export function Tooltip({ state, hover }: { state: State; hover: Hover }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const tip = element.current!;
    const { width, height } = tip.getBoundingClientRect();
    const left = hover.x + distance + width > innerWidth ? hover.x - distance - width : hover.x + distance;
    const top = hover.y + distance + height > innerHeight ? hover.y - distance - height : hover.y + distance;
    tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  });
  const { labels } = state;
  const tree = state.tree.value;
  const boxes = state.boxes.value;
  const node = boxes.node[hover.box]!;
  const kind = labels.kindOfNode(tree, node);
  const total = tree.total[node]!;
  const own = ownTime(tree, node);
  const whole = state.whole.value;
  const isTime = state.view.value === "time";
  return (
    <div class="tooltip" role="tooltip" ref={element}>
      <div class="tooltip-name">{labels.nameOfNode(tree, node)}</div>
      <div class="tooltip-place">{labels.placeOfNode(tree, node)}</div>
      <dl class="figures">
        {isTime && (
          <>
            <dt>This time</dt>
            <dd>
              <strong>{formatTime(boxes.end[hover.box]! - boxes.start[hover.box]!)}</strong> from {formatTime(boxes.start[hover.box]!)}
            </dd>
          </>
        )}
        <dt>{isTime ? "All together" : "Total"}</dt>
        <dd>
          <strong>{formatTime(total)}</strong> {formatShare(total / whole)}
        </dd>
        {state.view.value !== "callers" && (
          <>
            <dt>Own</dt>
            <dd>
              <strong>{formatTime(own)}</strong> {formatShare(own / whole)}
            </dd>
          </>
        )}
      </dl>
      <div class="kind">
        <i class="swatch" data-kind={kind} />
        {moduleKindNames[kind]}
      </div>
    </div>
  );
}

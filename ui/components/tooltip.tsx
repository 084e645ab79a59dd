import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { NodeIndex } from "../../src/profile/call-tree.ts";
import type { ComparedTrees } from "../../src/profile/compare-trees.ts";
import type { BoxIndex } from "../logic/boxes.ts";
import { ownTime } from "../logic/call-trees.ts";
import { formatChange, formatRatio } from "../logic/change.ts";
import { formatShare, formatTime } from "../logic/format.ts";
import { moduleKindNames } from "../logic/module-kind.ts";
import { comparedTreesOf, type State } from "../state.ts";

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
  const compared = comparedTreesOf(state);
  return (
    <div class="tooltip" role="tooltip" ref={element}>
      <div class="tooltip-name">{labels.nameOfNode(tree, node)}</div>
      <div class="tooltip-place">{labels.placeOfNode(tree, node)}</div>
      {compared !== null && <Sides trees={compared} node={node} />}
      {compared === null && (
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
      )}
      <div class="kind">
        <i class="swatch" data-kind={kind} />
        {moduleKindNames[kind]}
      </div>
    </div>
  );
}

/** Before, after, and what became of it. */
function Sides({ trees: { before, after }, node }: { trees: ComparedTrees; node: NodeIndex }): JSX.Element {
  const figure = (title: string, a: number, b: number): JSX.Element => (
    <>
      <dt>{title}</dt>
      <dd>
        <strong>{formatChange(a, b)}</strong> {formatRatio(a, b)} <span class="faint">{`${formatTime(a)} → ${formatTime(b)}`}</span>
      </dd>
    </>
  );
  return (
    <dl class="figures">
      {figure("Total", before.total[node]!, after.total[node]!)}
      {figure("Own", ownTime(before, node), ownTime(after, node))}
    </dl>
  );
}

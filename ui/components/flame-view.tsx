import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { NONE } from "../../src/profile/tables.ts";
import { rowCount } from "../logic/boxes.ts";
import { formatChange, formatRatio } from "../logic/change.ts";
import { formatShare, formatTime } from "../logic/format.ts";
import { rowHeight } from "../logic/paint-boxes.ts";
import { comparedTreesOf } from "../state.ts";
import type { Shared } from "./shared.ts";
import { FlameCanvas } from "./flame-canvas.ts";
import { TimeAxis } from "./time-axis.tsx";
import { Tooltip, type Hover } from "./tooltip.tsx";

/** The picture: a scroll area as high as all rows, and a canvas that stays in its view. The drawing is in flame-canvas.ts. */
export function FlameView({ state, theme }: Shared): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  useEffect(() => {
    const flame = new FlameCanvas(state, theme.current, scroller.current!, canvas.current!, setHover);
    return () => flame.close();
  }, [state, theme]);
  const boxes = state.boxes.value;
  return (
    <div class="flame">
      {state.view.value === "time" && <TimeAxis state={state} />}
      <div class="flame-scroll" ref={scroller}>
        <div class="flame-rows" style={{ height: `${rowCount(boxes) * rowHeight}px` }}>
          <canvas
            ref={canvas}
            tabIndex={0}
            role="application"
            aria-roledescription="flame graph"
            aria-label="Flame graph. Arrow keys walk from box to box, Enter zooms in, plus and minus zoom, Escape shows everything. The table view has the same figures as text."
          />
        </div>
        {boxes.length === 0 && <p class="empty">No time counts here: choose another thread, or wall time.</p>}
      </div>
      <Spoken state={state} theme={theme} />
      {hover !== null && hover.box < boxes.length && <Tooltip state={state} hover={hover} />}
    </div>
  );
}

/** What a screen reader says when the selection moves. */
function Spoken({ state }: Shared): JSX.Element {
  const { box } = state.selection.value;
  const boxes = state.boxes.value;
  let text = "";
  if (box !== NONE && box < boxes.length) {
    const node = boxes.node[box]!;
    const total = state.tree.value.total[node]!;
    const compared = comparedTreesOf(state);
    const figures =
      compared === null
        ? `${formatTime(total)}, ${formatShare(total / state.whole.value)}`
        : `${formatChange(compared.before.total[node]!, compared.after.total[node]!)}, ${formatRatio(compared.before.total[node]!, compared.after.total[node]!)}`;
    text = `${state.labels.nameOfNode(state.tree.value, node)}, ${figures}`;
  }
  return (
    <p class="visually-hidden" aria-live="polite">
      {text}
    </p>
  );
}

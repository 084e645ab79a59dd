import { effect, untracked, type ReadonlySignal } from "@preact/signals";
import { NONE } from "../../src/profile/tables.ts";
import { clearSelection, resetZoom, selectBox, zoomToBox } from "../actions.ts";
import { boxAt, rowCount, rowOf, type BoxIndex, type Position } from "../logic/boxes.ts";
import { neighbour, type Direction } from "../logic/navigate.ts";
import { lookOf } from "./flame-look.ts";
import { paintBoxes, rowHeight } from "../logic/paint-boxes.ts";
import type { Theme } from "../logic/palette.ts";
import type { Window } from "../logic/visible-boxes.ts";
import { between, clampWindow, panBy, zoomAround } from "../logic/window.ts";
import type { State } from "../state.ts";
import type { Hover } from "./tooltip.tsx";

const zoomTime = 160; // ms
/** A press that moves further is a drag, not a click. */
const clickSlack = 4; // px
const arrows: Readonly<Record<string, Direction>> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

/** The canvas and what the mouse and the keys do on it. Shows `state`, changes it only through actions. */
export class FlameCanvas {
  readonly #state: State;
  readonly #theme: ReadonlySignal<Theme>;
  readonly #scroller: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onHover: (hover: Hover | null) => void;
  readonly #stop = new AbortController();
  readonly #closers: (() => void)[] = [];
  /** What is shown now: on the way to the state's target. */
  #window: Window;
  #animation: { readonly from: Window; readonly start: number } | null = null;
  #hovered: BoxIndex = NONE;
  #press: { readonly x: number; readonly y: number; readonly scrollTop: number; readonly window: Window; isDrag: boolean } | null = null;
  #frame = 0;

  constructor(state: State, theme: ReadonlySignal<Theme>, scroller: HTMLElement, canvas: HTMLCanvasElement, onHover: (hover: Hover | null) => void) {
    this.#state = state;
    this.#theme = theme;
    this.#scroller = scroller;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false })!;
    this.#onHover = onHover;
    this.#window = state.target.peek();
    this.#listen();
    this.#closers.push(
      effect(() => this.#turnTo(state.target.value, state.boxes.value.extent)),
      effect(() => {
        // Whatever the picture is made of: reading it here makes a change of it paint again.
        void [state.boxes.value, state.labels, state.matched.value, theme.value, state.whole.value];
        this.#setHover(NONE, 0, 0);
        this.#paintSoon();
      }),
      effect(() => this.#scrollTo(state.selection.value.box)),
    );
    const observer = new ResizeObserver(() => this.#paintSoon());
    observer.observe(scroller);
    this.#closers.push(() => observer.disconnect());
  }

  close(): void {
    this.#stop.abort();
    cancelAnimationFrame(this.#frame);
    for (const close of this.#closers) close();
  }

  #paintSoon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#paint(now));
  }

  #paint(now: number): void {
    this.#frame = 0;
    this.#advance(now);
    performance.clearMeasures("paint");
    const begun = performance.now();
    const { clientWidth: width, clientHeight: height, scrollTop } = this.#scroller;
    const density = devicePixelRatio;
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(width * density) || canvas.height !== Math.round(height * density)) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    this.#context.setTransform(density, 0, 0, density, 0, 0);
    const picture = { boxes: this.#state.boxes.peek(), window: this.#window, width, height, scrollTop };
    untracked(() =>
      paintBoxes(this.#context, { ...picture, hovered: this.#hovered, selected: this.#state.selection.peek().box }, lookOf(this.#state, this.#theme.peek())),
    );
    performance.measure("paint", { start: begun, end: performance.now() });
  }

  #turnTo(target: Window, extent: Position): void {
    const isSamePicture = this.#window.end <= extent * 1.000001;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches || this.#press !== null || !isSamePicture;
    if (isStill) {
      this.#animation = null;
      this.#window = target;
    } else if (target.start !== this.#window.start || target.end !== this.#window.end) {
      this.#animation = { from: this.#window, start: performance.now() };
    }
    this.#paintSoon();
  }

  #advance(now: number): void {
    if (this.#animation === null) return;
    const progress = Math.min(1, Math.max(0, (now - this.#animation.start) / zoomTime));
    this.#window = between(this.#animation.from, this.#state.target.peek(), progress);
    if (progress === 1) {
      this.#animation = null;
      this.#window = this.#state.target.peek();
    } else this.#paintSoon();
  }

  /** Moves at once, without easing: for wheel and drag, which are smooth by themselves. */
  #moveTo(window: Window): void {
    this.#animation = null;
    this.#window = window;
    this.#state.target.value = window;
  }

  #scrollTo(box: BoxIndex): void {
    const boxes = this.#state.boxes.peek();
    if (box !== NONE && box < boxes.length) {
      const top = rowOf(boxes, box) * rowHeight;
      const { scrollTop, clientHeight } = this.#scroller;
      if (top < scrollTop) this.#scroller.scrollTop = top;
      else if (top + rowHeight > scrollTop + clientHeight) this.#scroller.scrollTop = top + rowHeight - clientHeight;
    }
    this.#paintSoon();
  }

  #positionAt(x: number): Position {
    return this.#window.start + (x / this.#scroller.clientWidth) * (this.#window.end - this.#window.start);
  }

  #boxUnder(event: MouseEvent): BoxIndex {
    const area = this.#canvas.getBoundingClientRect();
    const boxes = this.#state.boxes.peek();
    const row = Math.floor((event.clientY - area.top + this.#scroller.scrollTop) / rowHeight);
    return row < rowCount(boxes) ? boxAt(boxes, row, this.#positionAt(event.clientX - area.left)) : NONE;
  }

  #setHover(box: BoxIndex, x: number, y: number): void {
    if (box !== this.#hovered) this.#paintSoon();
    if (box !== NONE || this.#hovered !== NONE) this.#onHover(box === NONE ? null : { box, x, y });
    this.#hovered = box;
    this.#canvas.style.cursor = box === NONE ? "default" : "pointer";
  }

  #listen(): void {
    const canvas = this.#canvas;
    const { signal } = this.#stop;
    this.#scroller.addEventListener("scroll", () => this.#paintSoon(), { signal, passive: true });
    this.#scroller.addEventListener("wheel", (event) => this.#onWheel(event), { signal, passive: false });
    canvas.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    canvas.addEventListener("pointerdown", (event) => this.#onPress(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.#onRelease(event), { signal });
    canvas.addEventListener("pointercancel", () => (this.#press = null), { signal });
    canvas.addEventListener("pointerleave", () => this.#setHover(NONE, 0, 0), { signal });
  }

  #onPress(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#press = { x: event.clientX, y: event.clientY, scrollTop: this.#scroller.scrollTop, window: this.#window, isDrag: false };
  }

  #onMove(event: PointerEvent): void {
    const press = this.#press;
    if (press === null) {
      this.#setHover(event.pointerType === "touch" ? NONE : this.#boxUnder(event), event.clientX, event.clientY);
      return;
    }
    press.isDrag ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > clickSlack;
    if (!press.isDrag) return;
    this.#setHover(NONE, 0, 0);
    this.#moveTo(panBy(press.window, this.#state.boxes.peek().extent, (press.x - event.clientX) / this.#scroller.clientWidth));
    this.#scroller.scrollTop = press.scrollTop + press.y - event.clientY;
  }

  #onRelease(event: PointerEvent): void {
    const isClick = this.#press !== null && !this.#press.isDrag;
    this.#press = null;
    if (!isClick) return;
    const box = this.#boxUnder(event);
    if (box === NONE) selectBox(this.#state, NONE);
    else zoomToBox(this.#state, box);
  }

  /** Zooms with Ctrl (which is also a pinch), or when there is nothing to scroll; sideways it moves. */
  #onWheel(event: WheelEvent): void {
    const { extent } = this.#state.boxes.peek();
    const { clientWidth, clientHeight, scrollHeight } = this.#scroller;
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (isSideways) {
      event.preventDefault();
      this.#moveTo(panBy(this.#window, extent, (event.deltaX || event.deltaY) / clientWidth));
    } else if (event.ctrlKey || event.metaKey || scrollHeight <= clientHeight) {
      event.preventDefault();
      const at = this.#positionAt(event.clientX - this.#canvas.getBoundingClientRect().left);
      this.#moveTo(zoomAround(this.#window, extent, at, Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 320))));
    }
    this.#setHover(NONE, 0, 0);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const state = this.#state;
    const boxes = state.boxes.peek();
    const { box } = state.selection.peek();
    const direction = arrows[event.key];
    const middle = (this.#window.start + this.#window.end) / 2;
    if (direction !== undefined) this.#walk(neighbour(boxes, box, direction));
    else if (event.key === "Enter" && box !== NONE) zoomToBox(state, box);
    else if (event.key === "Escape") clearSelection(state);
    else if (event.key === "0") resetZoom(state);
    else if (event.key === "+" || event.key === "=") state.target.value = zoomAround(this.#window, boxes.extent, middle, 1.5);
    else if (event.key === "-") state.target.value = zoomAround(this.#window, boxes.extent, middle, 1 / 1.5);
    else return;
    event.preventDefault();
  }

  /** Selects a box and brings it into the window, without more zoom than there is. */
  #walk(box: BoxIndex): void {
    const boxes = this.#state.boxes.peek();
    if (box === NONE) return;
    selectBox(this.#state, box);
    const { start, end } = this.#state.target.peek();
    const boxStart = boxes.start[box]!;
    const boxEnd = boxes.end[box]!;
    if (boxEnd - boxStart > end - start) this.#state.target.value = { start: boxStart, end: boxEnd };
    else if (boxStart < start || boxEnd > end) {
      const from = boxStart < start ? boxStart : boxEnd - (end - start);
      this.#state.target.value = clampWindow({ start: from, end: from + end - start }, boxes.extent);
    }
  }
}

/**
 * What one part pushes and another takes with `for await`, each at its own pace. Whoever leaves the loop early closes it:
 * `onClose` is called, and what is pushed afterwards is let go.
 */
export class AsyncQueue<T> implements AsyncIterableIterator<T, void> {
  #items: T[] = [];
  #end: { readonly error: unknown } | "done" | null = null;
  #wake: (() => void) | null = null;
  readonly #onClose: () => void;

  constructor(onClose: () => void = () => {}) {
    this.#onClose = onClose;
  }

  push(item: T): void {
    if (this.#end !== null) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** The loop ends after what was pushed. */
  end(): void {
    this.#end ??= "done";
    this.#wake?.();
  }

  /** The loop throws after what was pushed. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<T, void>> {
    while (this.#items.length === 0 && this.#end === null) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
    if (this.#items.length > 0) return { done: false, value: this.#items.shift()! };
    if (this.#end === "done") return { done: true, value: undefined };
    const { error } = this.#end as { error: unknown };
    this.#end = "done";
    throw error;
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#items = [];
    this.end();
    this.#onClose();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

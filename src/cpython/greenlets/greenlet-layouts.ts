import type { ByteCount, ByteOffset, WordSize } from "../../base/units.ts";
import type { Layout } from "../layout.ts";

/**
 * Where greenlet keeps what, for one of its releases on one version of CPython. Offsets in bytes from the start of the state:
 * to 1.1 the `PyGreenlet` itself, later the C++ object that it points to (`UserGreenlet` or `MainGreenlet`).
 */
export interface GreenletLayout {
  /** The releases that have it: "1.1", "2.0 to 3.1.0". */
  readonly releases: string;
  /** In `PyGreenlet`: pointer to the state. Null: it is the state. */
  readonly implementation: ByteOffset | null;
  /** Pointer back to the `PyGreenlet`. Null: the state is in there. */
  readonly self: ByteOffset | null;
  /** Pointer to the newest `_PyErr_StackItem` of a greenlet that is switched out, which leads to its thread. */
  readonly exceptions: ByteOffset;
  /** In a `_PyErr_StackItem`: pointer to the next. */
  readonly previousException: ByteOffset;
  /** NULL: not active, so created or finished. */
  readonly stackStart: ByteOffset;
  /** NULL: not started. All bits set: a thread's main greenlet. */
  readonly stackStop: ByteOffset;
  /** What of the C stack lies elsewhere, from `stackStart` on. */
  readonly stackCopy: ByteOffset;
  readonly stackSaved: ByteOffset;
  /** Pointer to the `PyFrameObject` of the newest frame; NULL while it runs. */
  readonly topFrame: ByteOffset;
  /** Pointer to the frame below the newest one, which has lost its own link to it. Null: frames keep their links. */
  readonly cutLink: ByteOffset | null;
  /** Pointer to the thread's main greenlet, once it has started. Null: no such field. */
  readonly main: ByteOffset | null;
  /** What it will call; later something else, or NULL. */
  readonly run: ByteOffset;
  readonly parent: ByteOffset;
  /** Of a main greenlet: pointer that is NULL once its thread has ended. Null: no such field. */
  readonly mainThread: ByteOffset | null;
  /** Of a main greenlet's state, as far as it is read. */
  readonly mainSize: ByteCount;
  readonly size: ByteCount;
}

/** `PyObject_HEAD`. */
const headWords = 2;
const wholeStack = "stackStart stackStop stackCopy stackSaved stackPrevious";
const dataStack = "currentFrame dataStackChunk dataStackTop dataStackLimit";

/**
 * The layouts that releases of greenlet have had on this version of CPython, newest first. Each has to prove itself. Sources: 1.1
 * `greenlet.h`; 2.0 to 3.1.0 `greenlet_greenlet.hpp`; later `TGreenlet.hpp`.
 */
export function greenletLayouts(layout: Layout): readonly GreenletLayout[] {
  const { wordSize } = layout;
  const minor = (layout.versionHex >>> 16) & 0xff;
  /** `_PyErr_StackItem`: before 3.11 type, value and traceback. */
  const exceptions = minor >= 11 ? "exceptions firstOfItem itemPrevious" : "exceptions firstOfItem itemValue itemTraceback itemPrevious";
  const cframe = minor >= 10 && minor <= 12 ? "cframe int:useTracing" : "";
  const data = minor >= 11 ? dataStack : "";
  const behind = (releases: string, hasOwnSelf: boolean, depths: string, last = ""): GreenletLayout => {
    const base = `vtable ${hasOwnSelf ? "" : "self"} ${exceptions} args kwargs ${wholeStack} context topFrame ${cframe} ${depths} ${data} ${last}`;
    return buildBehind(wordSize, releases, base, hasOwnSelf ? "self" : "");
  };

  const behinds =
    minor >= 14
      ? [
          behind("3.5.3 or later", false, "int:depth executor stackPointer deleteLater criticalSection"),
          behind("3.3.0 to 3.5.2", false, "int:depth executor stackPointer deleteLater"),
          behind("3.2.4 and 3.2.5", false, "int:depth executor deleteLater"),
          behind("3.2.0 to 3.2.3", false, "int:depth int:cDepth deleteLater"),
        ]
      : minor === 13
        ? [
            behind("3.5.3 or later", false, "int:depth int:cDepth deleteLater criticalSection"),
            behind("3.1.1 to 3.5.2", false, "int:depth int:cDepth deleteLater"),
            behind("3.1.0", true, "int:depth int:cDepth deleteLater"),
          ]
        : minor === 12
          ? [
              behind("3.1.1 or later", false, "int:depth int:cDepth int:trash"),
              behind("3.0.3 to 3.1.0", true, "int:depth int:cDepth int:trash"),
              behind("3.0.0 to 3.0.2", true, "int:depth int:cDepth int:trash", "cutLink"),
            ]
          : [behind("3.1.1 or later", false, "int:depth int:trash"), behind("2.0.0 to 3.1.0", true, "int:depth int:trash")];
  if (minor >= 12) return behinds;
  // 1.1.3 is the first that knows 3.11.
  const cframeAtEnd = cframe === "" ? "" : "cframe";
  const fields = `${wholeStack} parent run topFrame int:depth ${data} weakReferences ${exceptions} dict context ${cframeAtEnd}`;
  return [...behinds, buildWithin(wordSize, "1.1", fields)];
}

function buildBehind(wordSize: WordSize, releases: string, base: string, ownSelf: string): GreenletLayout {
  const user = placeFields(wordSize, 0, `${base} ${ownSelf} main run parent`);
  const main = placeFields(wordSize, 0, `${base} mainSelf mainThread`);
  return {
    releases,
    // After the header: weak references, dict.
    implementation: (headWords + 2) * wordSize,
    self: user.at("self"),
    main: user.at("main"),
    mainThread: main.at("mainThread"),
    mainSize: main.size,
    ...common(user),
  };
}

function buildWithin(wordSize: WordSize, releases: string, fields: string): GreenletLayout {
  const own = placeFields(wordSize, headWords * wordSize, fields);
  return { releases, implementation: null, self: null, main: null, mainThread: null, mainSize: own.size, ...common(own) };
}

type Common = Omit<GreenletLayout, "releases" | "implementation" | "self" | "main" | "mainThread" | "mainSize">;

function common({ has, at, size }: Fields): Common {
  return {
    exceptions: at("exceptions"),
    // The item follows the pointer.
    previousException: at("itemPrevious") - at("firstOfItem"),
    stackStart: at("stackStart"),
    stackStop: at("stackStop"),
    stackCopy: at("stackCopy"),
    stackSaved: at("stackSaved"),
    topFrame: at("topFrame"),
    cutLink: has("cutLink") ? at("cutLink") : null,
    run: at("run"),
    parent: at("parent"),
    size,
  };
}

interface Fields {
  readonly has: (name: string) => boolean;
  readonly at: (name: string) => ByteOffset;
  readonly size: ByteCount;
}

/** Places fields as C does: pointers, and ints where the name begins so. */
function placeFields(wordSize: WordSize, start: ByteOffset, fields: string): Fields {
  const offsets = new Map<string, ByteOffset>();
  let end = start;
  for (const field of fields.split(" ").filter(Boolean)) {
    const isInt = field.startsWith("int:");
    const size = isInt ? 4 : wordSize;
    end = Math.ceil(end / size) * size;
    offsets.set(isInt ? field.slice(4) : field, end);
    end += size;
  }
  return { has: (name) => offsets.has(name), at: (name) => offsets.get(name)!, size: Math.ceil(end / wordSize) * wordSize };
}

import { diffBases, type DiffBasis } from "../../src/profile/diff.ts";
import type { Mode } from "../../src/profile/sample-filter.ts";

/** A multiple of four characters, so that every slice of base64 decodes by itself. */
const sliceLength = 4 * 1024 * 1024;

/** The recording that src/formats/html put into the page, as base64; null when the page is the bare template. */
export function findEmbeddedRecording(page: Document): string | null {
  return textOf(page.getElementById("lynceus-recording"));
}

/** The earlier recording of a page that compares two, and what they are to be made equal in; null in other pages. */
export function findEarlierRecording(page: Document): { readonly text: string; readonly basis: DiffBasis | null; readonly mode: Mode | null } | null {
  const element = page.getElementById("lynceus-before");
  const text = textOf(element);
  if (text === null) return null;
  return {
    text,
    basis: diffBases.find((basis) => basis === element?.dataset["basis"]) ?? null,
    mode: (["wall", "cpu", "gil"] as const).find((mode) => mode === element?.dataset["mode"]) ?? null,
  };
}

function textOf(element: HTMLElement | null): string | null {
  const text = element?.textContent.trim() ?? "";
  return text === "" ? null : text;
}

/** Decodes base64 in slices, letting the page breathe in between. Line breaks are allowed. Throws when it is no base64. */
export async function decodeBase64(text: string): Promise<Uint8Array> {
  const clean = /\s/.test(text) ? text.replaceAll(/\s+/g, "") : text;
  const bytes = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let length = 0;
  for (let from = 0; from < clean.length; from += sliceLength) {
    const binary = atob(clean.slice(from, from + sliceLength));
    for (let i = 0; i < binary.length; i++) bytes[length++] = binary.charCodeAt(i);
    await nextTask();
  }
  return bytes.subarray(0, length);
}

export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

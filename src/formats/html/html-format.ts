import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount, ByteOffset } from "../../base/units.ts";
import type { Recording } from "../../profile/tables.ts";
import type { Format, WriteOptions } from "../format.ts";
import { encodeRecording } from "../recording/encode-recording.ts";
import { readRecording } from "../recording/read-recording.ts";
import { base64Pieces, base64Source } from "./base64.ts";
import { loadTemplate } from "./template.ts";

/** In the page that ui/ builds: where the recording goes. */
export const placeholder = "<!--LYNCEUS-RECORDING-->";
/**
 * Around the recording, whose base64 has no character that HTML knows: no name in it can end the element. The type
 * keeps browsers from running it. The page finds it by its id.
 */
export const opening = '<script type="application/octet-stream" id="lynceus-recording">';
/** Around the earlier of two recordings that are compared. */
const openingBefore = '<script type="application/octet-stream" id="lynceus-before">';
const closing = "</script>";
const pieceSize: ByteCount = 2 ** 20;

/** The page with everything in it, the whole recording too, so that every command reads it back. */
export const htmlFormat: Format = {
  name: "html",
  title: "Web page with the recording inside",
  extensions: [".html", ".htm"],
  isBinary: false,
  detect: (head) => /^\ufeff?\s*<(?:!doctype html|html)\b/i.test(new TextDecoder().decode(head)),
  read: (source) => readRecording(embeddedRecording(source)),
  write: (recording, options) => writePage(options, () => embedded(opening, recording)),
  compare: (before, after, options) =>
    // The later one first: it is what other commands read in such a page.
    writePage(options, function* () {
      yield* embedded(opening, after);
      yield* embedded(openingBefore.replace(">", ` data-basis="${options.basis ?? ""}" data-mode="${options.mode}">`), before);
    }),
};

function* embedded(tag: string, recording: Recording): Generator<string> {
  yield tag;
  yield* base64Pieces(encodeRecording(recording));
  yield closing;
}

function* writePage(options: WriteOptions, content: () => Iterable<string>): Generator<string> {
  const [before, after, ...more] = (options.htmlTemplate ?? loadTemplate()).split(placeholder);
  if (before === undefined || after === undefined || more.length > 0) throw new Error(`the page template must have ${placeholder} once`);
  yield before;
  yield* content();
  yield after;
}

/** From the opening tag up to the next "<". */
function embeddedRecording(source: ByteSource): ByteSource {
  const tag = Buffer.from(opening);
  const start = findBytes(source, tag, 0);
  const end = start === null ? null : findBytes(source, Buffer.from("<"), start + tag.length);
  if (start === null) throw new LynceusError("bad-recording", "there is no recording in this page");
  if (end === null) throw new LynceusError("bad-recording", "the recording in the page is cut");
  return base64Source(source, start + tag.length, end);
}

/** Null when it is not there. Goes once through the source. */
function findBytes(source: ByteSource, wanted: Buffer, from: ByteOffset): ByteOffset | null {
  for (let offset = from; offset < source.size; offset += pieceSize) {
    const piece = source.read(offset, pieceSize + wanted.length - 1);
    const index = Buffer.from(piece.buffer, piece.byteOffset, piece.length).indexOf(wanted);
    if (index !== -1) return offset + index;
  }
  return null;
}

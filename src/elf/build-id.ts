import { SegmentType, type ElfFile } from "./elf-file.ts";
import { readView } from "./read.ts";

const gnuBuildId = 3;
const maxNotes = 256;
const maxNoteSegment = 1 << 16;
/** SHA-1 has 20 bytes; linkers let the user choose up to about this. */
const maxIdSize = 64;

/** The linker's id of the build, in hexadecimal: what separate debug files are found by. Null when there is none. */
export function readBuildId(elf: ElfFile): string | null {
  for (const segment of elf.segments) {
    if (segment.type !== SegmentType.note) continue;
    const view = readView(elf.source, segment.offset, Math.min(segment.fileSize, maxNoteSegment));
    if (view === null) continue;
    // A note: sizes of name and description, type; then both, padded to 4 bytes.
    for (let at = 0, notes = 0; at + 12 <= view.byteLength && notes < maxNotes; notes++) {
      const nameSize = view.getUint32(at, true);
      const size = view.getUint32(at + 4, true);
      const isGnu = nameSize === 4 && at + 16 <= view.byteLength && view.getUint32(at + 12) === 0x474e5500;
      const start = at + 12 + padded(nameSize);
      if (isGnu && view.getUint32(at + 8, true) === gnuBuildId && size > 0 && size <= maxIdSize && start + size <= view.byteLength) {
        return Buffer.from(view.buffer, view.byteOffset + start, size).toString("hex");
      }
      at = start + padded(size);
    }
  }
  return null;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

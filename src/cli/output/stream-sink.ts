import { closeSync } from "node:fs";
import type { Sink } from "../../formats/recording/recording-writer.ts";
import { cannotWrite } from "./check-writable.ts";
import { openOutput } from "./open-output.ts";
import { isPlainPath } from "./plain-path.ts";
import { shellWord } from "../text/shell-word.ts";
import { isSystemError } from "../../formats/files/system-error.ts";
import { writeFully } from "./write-fully.ts";

/** Where the bytes of a recording go while it is made: one or more files, or stdout for "-". */
export class StreamSink implements Sink {
  readonly #open: { readonly path: string; readonly fd: number }[] = [];
  readonly #onReaderGone: () => void;

  /** Throws `cannot-write`. `onReaderGone` is called when the last place was a pipe and its reader went away. */
  constructor(paths: readonly string[], onReaderGone: () => void) {
    this.#onReaderGone = onReaderGone;
    for (const path of paths) {
      try {
        this.#open.push({ path, fd: path === "-" ? 1 : openOutput(path) });
      } catch (error) {
        this.close();
        throw cannotWrite(path, error);
      }
    }
  }

  write(bytes: Uint8Array): void {
    for (const place of this.#open.slice()) {
      try {
        writeFully(place.fd, bytes);
      } catch (error) {
        if (!isSystemError(error) || error.code !== "EPIPE") {
          throw cannotWrite(
            place.path,
            error,
            isPlainPath(place.path) ? `what was recorded until then can be read: lynceus report ${shellWord(place.path)}` : undefined,
          );
        }
        this.#open.splice(this.#open.indexOf(place), 1);
        if (this.#open.length === 0) this.#onReaderGone();
      }
    }
  }

  close(): void {
    for (const { fd } of this.#open.splice(0)) if (fd !== 1) closeSync(fd);
  }
}

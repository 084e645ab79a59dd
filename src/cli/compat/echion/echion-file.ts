import { AustinStream } from "../../../formats/austin/austin-stream.ts";
import { defaultWriteOptions } from "../../../formats/format.ts";
import { samplerKey } from "../../../formats/mojo/mojo-events.ts";
import { MojoRenderer } from "../../../formats/mojo/mojo-renderer.ts";
import type { Block } from "../../../profile/tables.ts";
import type { Session } from "../../../sampler/session-options.ts";
import type { LiveFile } from "../record-live.ts";

/** MOJO with names of threads, and with the little that Echion says of itself. */
export class EchionFile implements LiveFile {
  readonly #mode: "wall" | "cpu";
  readonly #stream: AustinStream;

  constructor(mode: "wall" | "cpu") {
    this.#mode = mode;
    this.#stream = new AustinStream({ ...defaultWriteOptions, mode }, "time", (tables) => new MojoRenderer(tables, "time", "names"));
  }

  begin(session: Session): Iterable<string | Uint8Array> {
    return this.#stream.begin([
      ["mode", this.#mode],
      ["interval", `${Math.round(session.meta.interval / 1000)}`],
      [samplerKey, "echion"],
    ]);
  }

  add(block: Block): Iterable<string | Uint8Array> {
    return this.#stream.add(block);
  }

  end(): Iterable<string | Uint8Array> {
    return [];
  }
}

import { LynceusError } from "../base/errors.ts";
import type { SessionOutcome } from "./session-options.ts";

/** A program that we started was Python, and gone before a sample could be taken of it. */
export class EndedEarly extends LynceusError {
  readonly exit: NonNullable<SessionOutcome["exit"]>;

  constructor(exit: EndedEarly["exit"]) {
    super("ended-early", "the program ended before it could be sampled: nothing was recorded");
    this.exit = exit;
  }
}

import type { Command } from "commander";

/** One file of commands/: builds nothing and imports little until it is called. */
export interface CommandModule {
  /**
   * Its options, operands and help: what it parses with, and what completions and the man page are made of. Those that
   * stand in for another program parse as that one does, and have none.
   */
  describe?(): Command;
  /** Resolves with the exit code. `args` are the words after the verb. Throws LynceusError. */
  main(args: readonly string[]): Promise<number>;
}

interface Verb {
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** What happens without a verb. */
export const implicitVerb: Verb = { summary: "run, attach or where", load: () => import("./commands/implicit.ts") };

/** The commands, in the order of the help text. A new one is one file and one line here. */
export const verbs: Readonly<Record<string, Verb>> = {
  run: { summary: "start a program and record it", load: () => import("./commands/run.ts") },
  attach: { summary: "record a program that is running", load: () => import("./commands/attach.ts") },
  where: { summary: "show what every thread is doing now", load: () => import("./commands/where.ts") },
  view: { summary: "show a recording in the browser", load: () => import("./commands/view.ts") },
  report: { summary: "print where the time went in a recording", load: () => import("./commands/report.ts") },
  diff: { summary: "compare two recordings", load: () => import("./commands/diff.ts") },
  convert: { summary: "write a recording in another format", load: () => import("./commands/convert.ts") },
  push: { summary: "send a recording to Pyroscope or an OpenTelemetry collector", load: () => import("./commands/push.ts") },
  doctor: { summary: "say what can be recorded here, and what is missing", load: () => import("./commands/doctor.ts") },
  austin: { summary: "stand in for Austin 3: its options, its text", load: () => import("./commands/austin.ts") },
  austin4: { summary: "stand in for Austin 4, which writes MOJO", load: () => import("./commands/austin4.ts") },
  austinp: { summary: "stand in for austinp", load: () => import("./commands/austinp.ts") },
  echion: { summary: "stand in for Echion", load: () => import("./commands/echion.ts") },
  completion: { summary: "print what a shell needs to complete words", load: () => import("./commands/completion.ts") },
};

import { readFileSync } from "node:fs";
import type { Milliseconds, Pid } from "../base/units.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Interrupt = (typeof signals)[number];

/** A later Ctrl-C than this is a new one for the program (an interactive one takes many), not an impatient second one. */
const patience: Milliseconds = 2000;

/** timeout(1), npx and others send a signal to us and to our group, where we get it again: that is one. */
const twiceWithin: Milliseconds = 50;

/** What may be interrupted, once it is there. */
export interface Interruptible {
  /** The program that we started, for as long as it may be sent signals; null when we attached. */
  readonly target: Pid | null;
  /** End the recording and write it. */
  stop(): void;
}

export interface Interrupts {
  /** The program was started: signals are passed on to it from now on. */
  launched(target: Pid): void;
  /** From now on there is something to stop, or somebody to pass signals on to. A signal that came before acts now. */
  begin(subject: Interruptible): void;
  close(): void;
}

/**
 * Ctrl-C, SIGTERM and SIGHUP. When attached, the first stops the recording and the second aborts. When we run the
 * program, the first belongs to it, as if we were not there: it is passed on (a terminal does that itself) and the
 * recording goes on until the program ends, so that its shutdown is in it; the second stops the recording; the third
 * aborts. Before `begin` the first is passed on to a program that we started, or waits, and the second aborts.
 */
export function listenForInterrupts(abort: () => void): Interrupts {
  let subject: Interruptible | null = null;
  let held: Interrupt | null = null;
  let isStopping = false;
  let passedOn: { readonly signal: Interrupt; readonly time: Milliseconds } | null = null;
  let launched: Pid | null = null;
  const passOn = (target: Pid, signal: Interrupt): void => {
    passedOn = { signal, time: performance.now() };
    if (signal !== "SIGINT" || !terminalReaches(target)) send(target, signal);
  };
  const onSignal = (signal: Interrupt): void => {
    if (isStopping || (subject === null && (held !== null || passedOn !== null))) return abort();
    if (subject === null) {
      if (launched === null) held = signal;
      else passOn(launched, signal);
      return;
    }
    const isFirst = passedOn === null || (signal === "SIGINT" && passedOn.signal === "SIGINT" && performance.now() - passedOn.time > patience);
    if (subject.target !== null && isFirst) return passOn(subject.target, signal);
    isStopping = true;
    subject.stop();
  };
  let last: { readonly signal: Interrupt; readonly time: Milliseconds } | null = null;
  const onArrival = (signal: Interrupt): void => {
    const time = performance.now();
    if (last?.signal === signal && time - last.time < twiceWithin) return;
    last = { signal, time };
    onSignal(signal);
  };
  for (const signal of signals) process.on(signal, onArrival);
  return {
    launched(target) {
      launched = target;
      if (held !== null) passOn(target, held);
      held = null;
    },
    begin(begun) {
      subject = begun;
      if (held !== null) onSignal(held);
    },
    close() {
      for (const signal of signals) process.off(signal, onArrival);
    },
  };
}

/** Whether a Ctrl-C typed at our terminal goes to `pid` too: its process group is in the foreground, and so is ours. */
function terminalReaches(pid: Pid): boolean {
  const ours = groupsOf("self");
  const theirs = groupsOf(pid);
  return ours !== null && theirs !== null && ours.terminal !== 0 && ours.foreground === ours.group && theirs.group === ours.group;
}

/** Fields 5, 7 and 8 of /proc/PID/stat (proc(5)), after the name, which may contain anything. */
function groupsOf(pid: Pid | "self"): { readonly group: number; readonly terminal: number; readonly foreground: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { group: Number(fields[2]), terminal: Number(fields[4]), foreground: Number(fields[5]) };
  } catch {
    return null;
  }
}

function send(pid: Pid, signal: Interrupt): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended: the session will say so.
  }
}

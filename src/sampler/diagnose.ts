import type { Pid } from "../base/units.ts";
import { explainBpfFailure, readBpfFacts } from "../os/bpf-obstacle.ts";
import { tryOnChild } from "../os/child-trial.ts";
import { findKernelStackObstacle } from "../os/kernel-stack.ts";
import { readMachineFacts } from "../os/machine-facts.ts";
import { KernelClock } from "./capture/kernel/clock/kernel-clock.ts";
import { KernelExchange } from "./capture/kernel/kernel-exchange.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { judgeMachine, type MachineTrials } from "./judge-machine.ts";
import { judgeProcess } from "./judge-process.ts";

/** Finds out what can be done here and, if there is a pid, to this process: by trying it where that does no harm. */
export async function diagnose(pid: Pid | null): Promise<Diagnosis> {
  const kernel = tryKernel();
  const facts = readMachineFacts();
  // With the /proc of others the child would be somebody else.
  const child = facts.proc.isOurs ? await tryOnChild() : null;
  const machine = judgeMachine(facts, { ...kernel, child, kernelStackObstacle: findKernelStackObstacle() });
  const process = pid === null ? [] : judgeProcess(pid, kernel.kernelObstacle === null);
  // What keeps us from programs that we start need not keep us from this one; what stands in the process's own way says more.
  const deciding = pid === null ? machine : [...process, ...machine.filter(({ id }) => id !== "started")];
  const failure = deciding.find((check) => check.failure !== null)?.failure ?? null;
  return { pid, canRecord: failure === null, failure, machine, process };
}

/** Loads everything and lets go of it. */
function tryKernel(): Pick<MachineTrials, "kernelObstacle" | "seesSwitches" | "clockObstacle"> {
  const withClock = KernelClock.load(1e9);
  if (withClock.ok) {
    withClock.value.clock.close();
    withClock.value.exchange.close();
    return { kernelObstacle: null, seesSwitches: true, clockObstacle: null };
  }
  const clockObstacle = explainBpfFailure(withClock.error, readBpfFacts());
  const loaded = KernelExchange.load();
  if (!loaded.ok) return { kernelObstacle: explainBpfFailure(loaded.error, readBpfFacts()), seesSwitches: false, clockObstacle };
  using exchange = loaded.value;
  return { kernelObstacle: null, seesSwitches: exchange.threads !== null, clockObstacle };
}

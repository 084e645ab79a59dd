export interface ThreadIdentity {
  readonly pid: number;
  readonly interpreter: number;
  readonly tid: number;
  /** Empty where only its id is known. */
  readonly name: string;
}

/** Austin's converter: "Wall time profile for 1234:0:1240", with a name for the last number where Austin knew it. */
const ofAustin = /^(?:Wall|CPU) time profile for (\d{1,10}):(?:(\d{1,10}):)?(.+)$/s;
/** py-spy: `Process 1234 Thread 1240 "worker"`. */
const ofPySpy = /^(?:Process (\d{1,10}) )?Thread (\d{1,15}|0x[0-9A-Fa-f]{1,16})(?: "(.*)")?$/s;

/** Whose profile it is, by what others call it; else it is one thread of that name. */
export function threadNamed(title: string): ThreadIdentity {
  const [isAustin, austinPid = "0", interpreter = "0", thread = ""] = ofAustin.exec(title) ?? [];
  if (isAustin !== undefined) {
    const isId = /^\d{1,15}$/.test(thread);
    return { pid: Number(austinPid), interpreter: Number(interpreter), tid: isId ? Number(thread) : 0, name: isId ? "" : thread };
  }
  const [isPySpy, pid = "0", tid = "0", name = ""] = ofPySpy.exec(title) ?? [];
  if (isPySpy === undefined) return { pid: 0, interpreter: 0, tid: 0, name: title };
  return { pid: Number(pid), interpreter: 0, tid: Number.isSafeInteger(Number(tid)) ? Number(tid) : 0, name };
}

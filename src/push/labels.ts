import { LynceusError } from "../base/errors.ts";
import type { Pid } from "../base/units.ts";

/** What a profile is stored under, besides what is known of it. */
export interface PushNames {
  readonly service: string;
  readonly host: string;
  /** The process that was asked for; 0: unknown. */
  readonly pid: Pid;
  /** The user's own; they go before what is known. */
  readonly labels: Readonly<Record<string, string>>;
}

/** "env=prod". Throws `bad-arguments`. */
export function parseLabel(text: string): readonly [name: string, value: string] {
  const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!/^[A-Za-z_][\w.]{0,99}$/.test(name) || name.startsWith("__") || value === "") {
    throw new LynceusError("bad-arguments", `--push-label takes name=value, not "${text.slice(0, 60)}"`, {
      hint: "a name has letters, digits, _ and . and begins with a letter, such as: --push-label env=prod",
    });
  }
  // Pyroscope's name{key=value,...} has no way to write them.
  if (/[,{}\p{Cc}]/u.test(value)) throw new LynceusError("bad-arguments", `the value of the label ${name} has one of , { } or a control character`);
  return [name, value];
}

/** A service as Pyroscope allows one: letters, digits and _ . / - */
export function serviceName(text: string): string {
  const name = text.replaceAll(/[^\w./-]/g, "_").slice(0, 100);
  return /^_*$/.test(name) ? "python" : name;
}

/** "shop{host=web1,pid=812,env=prod}" */
export function pyroscopeName({ service, host, pid, labels }: PushNames): string {
  const known = { ...(host !== "" && { host }), ...(pid !== 0 && { pid: String(pid) }) };
  const pairs = Object.entries({ ...known, ...labels }).map(([name, value]) => `${name}=${value.replaceAll(/[,{}\p{Cc}]/gu, "_")}`);
  return `${serviceName(service)}{${pairs.join(",")}}`;
}

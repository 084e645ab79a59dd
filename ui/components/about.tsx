import type { JSX } from "preact";
import type { Nanoseconds } from "../../src/base/units.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { formatCount, formatTime } from "../logic/format.ts";

/** Everything the recording says about itself. */
export function About({ title, profile, duration }: { title: string; profile: Profile; duration: Nanoseconds }): JSX.Element {
  const { meta } = profile;
  const rows: [name: string, value: string][] = [
    ["Command", meta.command.join(" ")],
    ["Started", Number.isFinite(meta.startedAt) && meta.startedAt > 0 ? new Date(meta.startedAt).toLocaleString() : ""],
    ["Duration", formatTime(duration)],
    ["Interval", formatTime(meta.interval)],
    ["Samples", formatCount(profile.samples.length)],
    ["Ended", profile.isComplete ? (profile.end?.reason ?? "complete") : "the end is missing: incomplete"],
    ...profile.processes.slice(0, 50).map((row): [string, string] => [`Process ${row.pid}`, `Python ${row.pythonVersion || "?"}, ${row.executable}`]),
    ["Host", meta.host],
    ["System", meta.system],
    ["Made by", meta.creator],
    ...Object.entries(meta.extra),
  ];
  return (
    <section>
      <h2>{title}</h2>
      <dl class="about">
        {rows
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it, test } from "vitest";
import { interpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { startTarget } from "../support/target.ts";

/*
 * Each script in its own shell: what is offered for what was typed. What stands in the scripts comes from the options
 * themselves, so that these look at how the shell takes it.
 */
const found = new Map<string, boolean>();
function hasShell(name: string): boolean {
  const known = found.get(name);
  if (known !== undefined) return known;
  const isThere = spawnSync(name, ["--version"], { stdio: "ignore" }).error === undefined;
  if (!isThere) process.stderr.write(`\nNOT TESTED: completion in ${name}, which this machine does not have (apt-get install ${name})\n\n`);
  found.set(name, isThere);
  return isThere;
}

const folder = temporaryFolder();
/** Typed line, the cursor at its end; what must be among the offers; what must not. */
const cases: readonly (readonly [line: string, offered: readonly string[], not?: readonly string[]])[] = [
  ["lynceus rep", ["report"]],
  ["lynceus ", ["run", "attach", "where", "convert", "completion"], ["--mode", "ls"]],
  ["lynceus run --mo", ["--mode"], ["--rate"]],
  ["lynceus run --mode ", ["wall", "cpu", "gil"]],
  ["lynceus convert a.lyn -F coll", ["collapsed"]],
  ["lynceus completion ", ["bash", "zsh", "fish"]],
  [`lynceus report ${folder.path}/some`, [`${folder.path}/some-recording.lyn`]],
  ["lynceus run -i 1ms tai", ["tail"], ["--kill"]],
  ["lynceus tai", ["tail"]],
  [`lynceus run -i 1ms tail ${folder.path}/some`, [`${folder.path}/some-recording.lyn`]],
  ["lynceus --pau", ["--pause"]],
];

beforeAll(async () => {
  writeFileSync(folder.file("some-recording.lyn"), "");
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, out } = await lynceus(["completion", shell]);
    expect(code).toBe(0);
    writeFileSync(folder.file(`lynceus.${shell}`), out);
  }
  return () => folder[Symbol.dispose]();
});

function run(shell: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(shell, args, { encoding: "utf8", timeout: 30_000 });
  expect(stderr).toBe("");
  return stdout;
}

/** As readline calls it. */
function askBash(line: string): string[] {
  const script = `compopt() { :; }; . "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lynceus; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return run("bash", ["--norc", "-c", script, folder.file("lynceus.bash"), ...line.split(" ")]).split("\n");
}

function askFish(line: string): string[] {
  return run("fish", ["--no-config", "-c", `source "$argv[1]"; complete -C "$argv[2]"`, folder.file("lynceus.fish"), line])
    .split("\n")
    .map((offer) => offer.split("\t")[0]!);
}

describe.each([
  ["bash", askBash],
  ["fish", askFish],
] as const)("%s", (shell, ask) => {
  for (const [line, offered, not = []] of cases) {
    it.skipIf(!hasShell(shell))(`completes ${line}`, () => {
      const offers = ask(line);
      for (const word of offered) expect(offers).toContain(word);
      for (const word of not) expect(offers).not.toContain(word);
    });
  }

  it.skipIf(!hasShell(shell))("offers the processes of Python", async () => {
    await using target = await startTarget(interpreters().at(-1)!, "sleep_and_work.py");
    expect(ask("lynceus attach ")).toContain(String(target.pid));
  });
});

/** Zsh tells nobody what it would offer: it is typed into one, and what is then on its line is read. */
describe("zsh", () => {
  it.skipIf(!hasShell("zsh"))("completes what has one end", () => {
    const single = cases.filter(([, offered]) => offered.length === 1);
    const script = `
      zmodload zsh/zpty
      # What has come, when it looks like the pattern, or what there is after some seconds.
      await() {
        out=
        for tries in {1..200}; do
          while zpty -rt inner chunk; do out+=$chunk; done
          [[ $out == \${~1} ]] && return
          sleep 0.05
        done
      }
      zpty -b inner zsh -f -i
      zpty -w inner "PS1='> '; autoload -Uz compinit; compinit -u -D; . $1; unsetopt beep; echo READY\\$((6 * 7))"
      shift
      await '*READY42*'
      for line; do
        zpty -w -n inner $'\\C-u'"$line"$'\\t'
        await "*\${(b)line}?*"
        print -r -- "\${out//[^[:print:]]/ }"
      done
    `;
    const lines = run("zsh", ["-f", "-c", script, "zsh", folder.file("lynceus.zsh"), ...single.map(([line]) => line)]).split("\n");
    for (const [index, [line, [offered]]] of single.entries()) {
      const completed = line.slice(0, line.lastIndexOf(" ") + 1) + offered!;
      expect(lines[index]).toContain(completed);
    }
  });
});

test("the man page is one for man(1)", async () => {
  const { formatManPage } = await import("../../src/cli/completion/man-page.ts");
  const { loadCommandTree } = await import("../../src/cli/completion/command-tree.ts");
  const { verbs } = await import("../../src/cli/verbs.ts");
  const page = formatManPage(await loadCommandTree(), "1.2.3");
  for (const verb of Object.keys(verbs)) expect(page).toContain(`.SS "lynceus ${verb}`);
  expect(page).toContain("\\fB\\-i\\fR, \\fB\\-\\-interval\\fR \\fItime\\fR\n");
  expect(page).toContain("(never, auto, always) (default: auto)\n");
  expect(page).toContain("the format, whatever the extension says (html, collapsed)\n");
  expect(page).toContain("the shell (bash, zsh, fish)\n");
  writeFileSync(folder.file("lynceus.1"), page);
  if (hasShell("groff")) expect(run("groff", ["-man", "-Tascii", "-ww", folder.file("lynceus.1")]).replaceAll(/.\x08/g, "")).toContain("--interval");
  const mandoc = spawnSync("mandoc", ["-T", "lint", "-W", "warning", folder.file("lynceus.1")], { encoding: "utf8" });
  if (mandoc.error === undefined) expect(mandoc.stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"))).toEqual([]);
  else process.stderr.write("\nNOT TESTED: the man page in mandoc, which this machine does not have (apt-get install mandoc)\n\n");
});

#!/usr/bin/env node
/** Boots other kernels over this machine's files and runs guest.mjs in them: see README.md. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { closeArchives, openArchive, runApt, unpack } from "../../scripts/debian-archive.mjs";
import { giveUp, say } from "../../scripts/say.mjs";

const suites = { "5.10": "bullseye", 6.1: "bookworm", 6.12: "trixie", newest: "sid" };
const mostMinutes = 12;
const here = dirname(fileURLToPath(import.meta.url));
const cache = resolve(here, "../../.cache/kernels");
/** What it takes to mount the host's files and write over them. */
const wantedModules = ["virtio_pci", "9pnet_virtio", "9p", "overlay"];

/** The packages that hold a suite's kernel: one, or several in newer suites. */
function kernelPackages(archive) {
  const depends = (name) => [...runApt(archive, "apt-cache", ["depends", name]).matchAll(/Depends: (\S+)/g)].map(([, other]) => other);
  const image = depends("linux-image-amd64").find((name) => name.startsWith("linux-image-"));
  return [image, ...depends(image).filter((name) => /^linux-(modules|binary)-\d/.test(name))];
}

/** Unpacks the kernel of a suite, unless that was done before. */
function fetchKernel(name) {
  const home = join(cache, name);
  if (!existsSync(home)) {
    const archive = openArchive(suites[name], "amd64");
    const packages = kernelPackages(archive);
    say(`fetching ${packages.join(", ")}`);
    const partial = `${home}.partial-${process.pid}`;
    unpack(archive, partial, packages, { alone: true });
    execFileSync("mv", [partial, home]);
  }
  const listed = (folder) => (existsSync(folder) ? readdirSync(folder).map((entry) => join(folder, entry)) : []);
  const modules = [...listed(`${home}/lib/modules`), ...listed(`${home}/usr/lib/modules`)].at(0);
  const image = [...listed(`${home}/boot`), ...listed(modules ?? home)].find((path) => basename(path).startsWith("vmlinuz"));
  if (!modules || !image) throw new Error(`no kernel in ${home}`);
  return { modules, image };
}

/** Copies the modules that are needed into `folder`; returns their names in the order in which they can be loaded. */
function copyModules(modules, folder) {
  const root = modules.replace(/(\/usr)?\/lib\/modules\/.*/, modules.includes("/usr/lib/") ? "/usr" : "");
  execFileSync("depmod", ["-b", root, basename(modules)]);
  const lines = readFileSync(join(modules, "modules.dep"), "utf8").split("\n");
  const order = [];
  for (const wanted of wantedModules) {
    const line = lines.find((text) => new RegExp(`/${wanted}\\.ko[^:]*:`).test(text));
    // One that is not there was built in.
    if (line === undefined) continue;
    const [file, others] = line.split(":");
    for (const path of [...others.trim().split(" ").filter(Boolean).toReversed(), file]) {
      const name = basename(path).replace(/\.xz$/, "");
      if (order.includes(name)) continue;
      order.push(name);
      const from = join(modules, path);
      if (path.endsWith(".xz")) writeFileSync(join(folder, name), execFileSync("xz", ["--decompress", "--stdout", from], { maxBuffer: 1 << 28 }));
      else copyFileSync(from, join(folder, name));
    }
  }
  return order;
}

/** The first program in the guest: mounts the host's files, puts memory over them, goes there. */
function initProgram(modules, command) {
  return `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for m in ${modules.join(" ")}; do $b insmod /modules/$m; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose host /lower
$b mount -t tmpfs memory /memory; $b mkdir /memory/upper /memory/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work all /root
for d in proc sys dev; do $b mount --move /$d /root/$d; done
$b mount -t tmpfs run /root/run
$b cp /bin/busybox /root/run/
exec $b switch_root /root /bin/sh -c '${command}; /run/busybox poweroff -f'
`;
}

function makeInitrd(modules, command, folder) {
  for (const name of ["bin", "proc", "sys", "dev", "root", "lower", "memory", "modules"]) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(execFileSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).trim(), join(folder, "bin/busybox"));
  writeFileSync(join(folder, "init"), initProgram(copyModules(modules, join(folder, "modules")), command));
  chmodSync(join(folder, "init"), 0o755);
  return execFileSync("sh", ["-c", "find . | cpio --create --format=newc --quiet"], { cwd: folder, maxBuffer: 1 << 28 });
}

/** What guest.mjs printed: each of its lines is marked. */
async function boot({ modules, image }) {
  const folder = mkdtempSync(join(tmpdir(), "lynceus-kernel-"));
  try {
    const guest = `PATH=${process.env.PATH} HOME=/run TMPDIR=/run ${process.execPath} ${join(here, "guest.mjs")} ${process.env.LYNCEUS_PYTHONS ?? "/usr/bin/python3"} > /dev/console 2>&1`;
    writeFileSync(join(folder, "initrd"), makeInitrd(modules, guest, join(folder, "files")));
    const machine = ["-accel", "tcg,thread=multi", "-cpu", "max", "-m", "3000", "-smp", "2", "-nographic", "-no-reboot", "-net", "none"];
    const share = "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap";
    const system = ["-kernel", image, "-initrd", join(folder, "initrd"), "-append", "console=ttyS0 panic=-1 quiet", "-virtfs", share];
    const child = spawn("qemu-system-x86_64", [...machine, ...system], { stdio: ["ignore", "pipe", "inherit"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), mostMinutes * 60_000);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => (text += part));
    await new Promise((done, failed) => child.on("close", done).on("error", failed));
    clearTimeout(timer);
    return text;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(suites);
for (const name of names) if (!(name in suites)) giveUp(`no kernel "${name}"; there are ${Object.keys(suites).join(", ")}`);
mkdirSync(cache, { recursive: true });
for (const name of names) {
  const text = await boot(fetchKernel(name));
  const told = [...text.matchAll(/^GUEST (.*?)\r?$/gm)].map(([, line]) => line);
  for (const line of told) console.log(line);
  if (told.at(-1) !== "all is well") {
    console.error(`${name}: ${told.length === 0 ? `nothing was heard of the guest:\n${text.slice(-2000)}` : "see above"}`);
    process.exitCode = 1;
  }
}
closeArchives();

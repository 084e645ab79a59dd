#!/usr/bin/env node
/** `man/lynceus.1` of the built command line: what it says of itself, for man(1). A part of `npm run build`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./bootstrap.mjs";

const built = (/** @type {string} */ path) => import(pathToFileURL(join(root, "dist", path)).href);
const { loadCommandTree } = await built("cli/completion/command-tree.js");
const { formatManPage } = await built("cli/completion/man-page.js");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
mkdirSync(join(root, "man"), { recursive: true });
writeFileSync(join(root, "man/lynceus.1"), formatManPage(await loadCommandTree(), version));

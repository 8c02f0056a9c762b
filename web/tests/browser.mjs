// Runs the tests in the browser: all of them, or those that are named. node web/tests/browser.mjs story push

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, "browser");
const all = readdirSync(folder).filter((name) => name.endsWith(".test.mjs"));
const named = process.argv.slice(2).map((name) => `${name}.test.mjs`);
for (const name of named) if (!all.includes(name)) throw new Error(`there is no test ${name}`);
const built = process.env.BACKCHANNEL_WEB ?? path.join(here, "../../build/web");
if (!existsSync(path.join(built, "sw.js"))) throw new Error(`the app isn't built in ${built}: node web/build.mjs`);

const files = (named.length > 0 ? named : all).map((name) => path.join(folder, name));
const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=1", ...files], { stdio: "inherit" });
process.exit(status ?? 1);

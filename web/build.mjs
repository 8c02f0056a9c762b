// Builds the app into a folder: node build.mjs [folder]. Names below assets/ have the hash of what is in
// them, and each file stands beside itself compressed.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, "../build/web"));

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome111", "firefox113", "safari16.4"],
  logLevel: "warning",
};

async function filesBelow(folder, base = folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = await Promise.all(
    entries.map((e) => (e.isDirectory() ? filesBelow(path.join(folder, e.name), base) : [path.relative(base, path.join(folder, e.name))])),
  );
  return files.flat().sort();
}

async function compress(file) {
  const bytes = await readFile(file);
  const brotli = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } };
  const [br, gz] = await Promise.all([promisify(zlib.brotliCompress)(bytes, brotli), promisify(zlib.gzip)(bytes, { level: 9 })]);
  if (br.length < bytes.length) await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await cp(path.join(here, "static"), out, { recursive: true });

const result = await build({
  ...common,
  entryPoints: { app: "src/main.tsx" },
  outdir: path.join(out, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  splitting: true,
  metafile: true,
});
const built = Object.keys(result.metafile.outputs).map((name) => path.relative(out, path.resolve(here, name)));
const script = built.find((name) => /assets\/app-.*\.js$/.test(name));
const style = built.find((name) => /assets\/app-.*\.css$/.test(name));
const first = result.metafile.outputs[Object.keys(result.metafile.outputs).find((name) => name.endsWith(script))];
const preloads = first.imports.filter((i) => i.kind === "import-statement").map((i) => `/${path.relative(out, path.resolve(here, i.path))}`);

const page = (await readFile(path.join(here, "index.html"), "utf8"))
  .replace("@STYLE@", `/${style}`)
  .replace("@SCRIPT@", `/${script}`)
  .replace("@PRELOADS@", preloads.map((p) => `<link rel="modulepreload" href="${p}">`).join("\n"));
await writeFile(path.join(out, "index.html"), page);

// What reads codes is fetched by who scans one, and not by everybody who opens the app.
const seldom = Object.entries(result.metafile.outputs)
  .filter(([, output]) => Object.keys(output.inputs).some((name) => name.includes("node_modules/jsqr/")))
  .map(([name]) => path.relative(out, path.resolve(here, name)));
const precache = (await filesBelow(out)).filter((name) => !seldom.includes(name)).map((name) => (name === "index.html" ? "/" : `/${name}`));
const hash = createHash("sha256");
for (const name of precache) hash.update(name).update(await readFile(path.join(out, name === "/" ? "index.html" : name)));
await build({
  ...common,
  entryPoints: ["src/sw.ts"],
  outfile: path.join(out, "sw.js"),
  define: { PRECACHE: JSON.stringify(precache), VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)) },
});

await Promise.all((await filesBelow(out)).filter((name) => /\.(js|css|html|svg|webmanifest)$/.test(name)).map((name) => compress(path.join(out, name))));

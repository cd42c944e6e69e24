// Builds web/dist: index.html and assets/NAME-HASH.{js,css,woff2,svg}. With --dev it serves http://127.0.0.1:PORT, rebuilds on change
// and hands API calls to a node (BRAID_NODE=http://127.0.0.1:8080) or, with --mock, to the mock in the page.
import { build, context } from "esbuild";
import { createServer, request } from "node:http";
import { readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, extname, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const web = resolve(fileURLToPath(import.meta.url), "../..");
const dev = process.argv.includes("--dev");
const mock = process.argv.includes("--mock");
const folder = dev ? "dist-dev" : "dist";   // a build for the binary does not take the files away from under a running dev server
const dist = join(web, folder);

const options = {
  absWorkingDir: web,
  entryPoints: { portal: "src/main.tsx", style: "src/styles/main.css", theme: "src/theme.js", icon: "src/icon.svg" },
  outdir: `${folder}/assets`,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome111", "firefox115", "safari16.4"],
  jsx: "automatic",
  minify: !dev,
  sourcemap: dev ? "inline" : false,
  metafile: true,
  legalComments: "none",
  loader: { ".woff2": "file", ".svg": "copy" },
  define: { "process.env.NODE_ENV": dev ? '"development"' : '"production"', __MOCK__: String(mock) },
  logLevel: "warning",
  plugins: [{ name: "index", setup: (b) => b.onEnd((result) => (result.errors.length ? undefined : index(result.metafile))) }],
};

// index.html names the hashed files; the two latin fonts are fetched at once, the other scripts when a page needs them.
async function index(meta) {
  const outputs = Object.keys(meta.outputs);
  const of = (entry) => "/" + outputs.find((o) => meta.outputs[o].entryPoint === entry || o.includes(`/${entry}-`)).replace(/^dist(-dev)?\//, "");
  const fonts = outputs.filter((o) => /(instrument-sans-latin-wdth-normal|geist-mono-latin-wght-normal)-/.test(o));
  const page = (await readFile(join(web, "src/index.html"), "utf8"))
    .replace("%icon%", "/" + outputs.find((o) => /icon-.*\.svg$/.test(o)).replace(/^dist(-dev)?\//, ""))
    .replace("%css%", of("src/styles/main.css"))
    .replace("%theme%", of("src/theme.js"))
    .replace("%js%", of("src/main.tsx"))
    // what the entry imports is fetched beside it, not after it
    .replace("%modules%", (meta.outputs[outputs.find((o) => meta.outputs[o].entryPoint === "src/main.tsx")]?.imports ?? []).filter((i) => i.kind === "import-statement").map((i) => `<link rel="modulepreload" href="/${i.path.replace(/^dist(-dev)?\//, "")}">`).join("\n"))
    .replace("%preload%", fonts.map((f) => `<link rel="preload" href="/${f.replace(/^dist(-dev)?\//, "")}" as="font" type="font/woff2" crossorigin>`).join("\n"));
  await mkdir(dist, { recursive: true });
  await writeFile(join(dist, "index.html"), page);
}

// What the first page loads, compressed. The budget is DESIGN 10's; woff2 is compressed already.
async function sizes(meta) {
  const first = new Set();
  const add = (o) => {
    if (first.has(o)) return;
    first.add(o);
    for (const i of meta.outputs[o].imports) if (i.kind === "import-statement") add(i.path);
  };
  const byEntry = (e) => Object.keys(meta.outputs).find((o) => meta.outputs[o].entryPoint === e);
  add(byEntry("src/main.tsx"));
  add(byEntry("src/features/home/route.tsx"));
  add(byEntry("src/styles/main.css"));
  for (const o of Object.keys(meta.outputs)) if (/(instrument-sans-latin-wdth-normal|geist-mono-latin-wght-normal)-/.test(o)) add(o);
  let total = 0;
  for (const o of first) {
    const bytes = await readFile(join(web, o));
    total += extname(o) === ".woff2" ? bytes.length : gzipSync(bytes, { level: 9 }).length;
  }
  const kb = Math.round(total / 1000);
  console.log(`web/dist: ${Object.keys(meta.outputs).length} files; home loads ${kb} KB compressed, fonts included (budget 400)`);
  if (kb > 400) {
    console.error("web: the first load is over its budget of 400 KB");
    process.exit(1);
  }
}

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
const csp = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

function serve(port, node) {
  createServer(async (req, res) => {
    const path = new URL(req.url, "http://x").pathname;
    const file = join(dist, path);
    if (file.startsWith(dist) && path.startsWith("/assets/") && existsSync(file)) {
      res.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
      return res.end(await readFile(file));
    }
    const page = (req.headers.accept ?? "").includes("text/html") && req.method === "GET";
    if (page || !node) {
      if (!existsSync(join(dist, "index.html"))) return res.writeHead(503, { "retry-after": "1" }).end("The first build is not done yet.\n");
      res.writeHead(200, { "content-type": types[".html"], "content-security-policy": csp });
      return res.end(await readFile(join(dist, "index.html")));
    }
    const to = new URL(req.url, node);
    const on = request(to, { method: req.method, headers: { ...req.headers, host: to.host } }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    on.on("error", () => res.writeHead(502).end());
    res.on("close", () => on.destroy());
    req.pipe(on);
  }).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}` + (mock ? " with the mock" : ` on ${node}`)));
}

await rm(dist, { recursive: true, force: true });
if (dev) {
  await (await context(options)).watch();
  serve(Number(process.env.PORT ?? 21000), mock ? "" : process.env.BRAID_NODE ?? "http://127.0.0.1:8080");
} else {
  const result = await build(options);
  await sizes(result.metafile);
}

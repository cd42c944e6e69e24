// Who may import whom in src/: ui and api know nobody; parts know ui and api; a feature knows those and itself; app knows all. No cycles, no file over 400 lines.
import { readFileSync, readdirSync, existsSync, statSync } from "node:fs";
import { join, dirname, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));
const layer = (f) => {
  const [a, b] = f.split("/");
  return a === "features" ? `features/${b}` : f.includes("/") ? a : "root";
};
const may = { ui: ["ui"], api: ["api"], parts: ["parts", "ui", "api"], mock: ["mock", "api"], app: ["app", "parts", "ui", "api", "features", "mock"], root: ["app", "mock", "api", "root"] };
const allowed = (from, to) => (from.startsWith("features/") ? [from, "parts", "ui", "api"].includes(to) : may[from].includes(to.startsWith("features/") ? "features" : to));

const files = readdirSync(src, { recursive: true }).map(String).filter((f) => /\.tsx?$/.test(f) && statSync(join(src, f)).isFile());
const bad = [];
const graph = new Map();
for (const f of files) {
  const text = readFileSync(join(src, f), "utf8");
  const lines = text.split("\n").length;
  if (lines > 400 && !f.endsWith("schema.ts")) bad.push(`${f}: ${lines} lines; 400 is the most, 220 the aim`);
  const to = [];
  for (const m of text.matchAll(/(?:^|\n)\s*(?:import|export)\b([^;"']*?)from\s*["'](\.[^"']*)["']|import\(\s*["'](\.[^"']*)["']\s*\)/g)) {
    const target = m[2] ?? m[3];
    const lazy = m[3] !== undefined;
    let t = normalize(join(dirname(f), target));
    t = [t, t + ".ts", t + ".tsx", join(t, "index.ts"), join(t, "index.tsx")].find((x) => existsSync(join(src, x)) && statSync(join(src, x)).isFile());
    if (!t) { bad.push(`${f}: ${target} is not there`); continue; }
    if (!allowed(layer(f), layer(t)) && !/\.test\.tsx?$/.test(f)) bad.push(`${f}: ${layer(f)} must not import ${layer(t)} (${t})`);
    if (!lazy && !/^\s*type\b/.test(m[1] ?? "")) to.push(t);
  }
  graph.set(f, to);
}
const state = new Map();
const visit = (f, path) => {
  if (state.get(f) === "done") return;
  if (state.get(f) === "open") { bad.push(`cycle: ${[...path.slice(path.indexOf(f)), f].join(" -> ")}`); return; }
  state.set(f, "open");
  for (const t of graph.get(f) ?? []) visit(t, [...path, f]);
  state.set(f, "done");
};
for (const f of files) visit(f, []);
if (bad.length) {
  console.error(bad.join("\n"));
  process.exit(1);
}
console.log(`imports: ${files.length} files, no cycle`);

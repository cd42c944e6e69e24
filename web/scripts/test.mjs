// npm test [NAME]: bundles src/**/*.test.ts(x) for Node and runs them with node:test. What needs a browser is in tests/portal.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
const web = fileURLToPath(new URL("..", import.meta.url));
const only = process.argv[2] ?? "";
const files = readdirSync(join(web, "src"), { recursive: true }).map(String).filter((f) => /\.test\.tsx?$/.test(f) && f.includes(only));
const out = join(web, "node_modules/.portal-tests");
rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: web, entryPoints: files.map((f) => join("src", f)), outdir: out, outbase: "src", bundle: true, platform: "node", format: "cjs", outExtension: { ".js": ".cjs" },
  jsx: "automatic", target: "node18", loader: { ".svg": "text" }, define: { __MOCK__: "false", "process.env.NODE_ENV": '"production"' }, logLevel: "warning",
});
const built = readdirSync(out, { recursive: true }).map(String).filter((f) => f.endsWith(".cjs")).map((f) => join(out, f));
process.exit(spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" }).status ?? 1);

// Runs every *.spec.mjs of this folder, one after the other, on one demo node; ends with "N passed, N failed".
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Suite } from "./harness.mjs";

const suite = new Suite(process.argv[2]);
try {
  await suite.open();
  for (const file of readdirSync(dirname(fileURLToPath(import.meta.url))).filter((f) => f.endsWith(".spec.mjs")).sort()) {
    if (process.env.ONLY && !file.startsWith(process.env.ONLY)) continue;
    console.log(`-- ${file}`);
    await (await import(`./${file}`)).run(suite);
  }
} catch (e) {
  suite.failures.push("the suite itself");
  console.log(`FAIL  the suite itself\n      ${e?.stack ?? e}`);
} finally {
  await suite.close();
}
console.log(`${suite.passed} passed, ${suite.failures.length} failed`);
process.exit(suite.failures.length ? 1 : 0);

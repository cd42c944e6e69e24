// Fetches openapi.json from a running node: npm run api [http://127.0.0.1:8080]. The copy is committed, so that a build needs no node.
import { writeFile } from "node:fs/promises";
const node = process.argv[2] ?? "http://127.0.0.1:8080";
const answer = await fetch(new URL("/openapi.json", node)).catch((e) => {
  console.error(`no node answers at ${node}: ${e.cause?.code ?? e.message}\nhint: start one with build/braid demo, or name its address: npm run api http://127.0.0.1:8080`);
  process.exit(1);
});
const document = await answer.json();
await writeFile(new URL("../openapi.json", import.meta.url), JSON.stringify(document, null, 1) + "\n");
console.log(`openapi.json: ${Object.keys(document.paths).length} paths`);

// openapi.json -> src/api/schema.ts: one type per schema, and one row per operation with its parameters, body and answer. Not committed.
import { readFileSync, writeFileSync, existsSync } from "node:fs";

const at = (p) => new URL(p, import.meta.url);
const document = JSON.parse(readFileSync(at("../openapi.json"), "utf8"));
const name = (ref) => ref.split("/").pop();
const key = (k) => (/^[A-Za-z_$][\w$]*$/.test(k) ? k : JSON.stringify(k));
const resolve = (x) => (x?.$ref ? x.$ref.slice(2).split("/").reduce((o, k) => o[k.replace(/~1/g, "/")], document) : x);

function type(s) {
  if (s === true || s === undefined || s === null || Object.keys(s).length === 0) return "unknown";
  if (s.$ref) return /\/schemas\/[^/]+$/.test(s.$ref) ? name(s.$ref) : type(resolve(s));   // a part of a schema has no name of its own
  if (s.const !== undefined) return JSON.stringify(s.const);
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(" | ");
  if (s.allOf) return s.allOf.map(type).reduce((all, more) => `With<${all}, ${more}>`);   // what comes later describes a field more exactly
  if (s.oneOf || s.anyOf) return (s.oneOf ?? s.anyOf).map(type).join(" | ");
  const kinds = [s.type].flat();
  return kinds.map((t) => one(t, s)).join(" | ");
}
function one(t, s) {
  if (t === "string") return "string";
  if (t === "integer" || t === "number") return "number";
  if (t === "boolean") return "boolean";
  if (t === "null") return "null";
  if (t === "array") return `(${type(s.items)})[]`;
  if (t === "object" || s.properties) {
    if (!s.properties) return `{ [key: string]: ${typeof s.additionalProperties === "object" ? type(s.additionalProperties) : "unknown"} }`;
    const required = new Set(s.required ?? []);
    return `{ ${Object.entries(s.properties).map(([k, v]) => `${key(k)}${required.has(k) ? "" : "?"}: ${type(v)}`).join("; ")} }`;
  }
  return "unknown";
}

const lines = ["// Made from openapi.json by scripts/types.mjs. Do not edit.", "", "type RequiredOf<A> = { [K in keyof A]-?: object extends Pick<A, K> ? never : K }[keyof A];", "type With<A, B> = Omit<A, keyof B> & B & Required<Pick<B, keyof B & RequiredOf<A>>>;"];
for (const [n, s] of Object.entries(document.components.schemas)) lines.push(`export type ${n} = ${type(s)};`);
lines.push("", "export interface Operations {");
const rows = [];
for (const [path, item] of Object.entries(document.paths))
  for (const method of ["get", "post", "put", "patch", "delete"]) {
    const op = item[method];
    if (!op?.operationId) continue;
    const parameters = [...(item.parameters ?? []), ...(op.parameters ?? [])].map(resolve).filter((p) => p.in === "path" || p.in === "query");
    const content = resolve(op.requestBody)?.content ?? {};
    const body = content["application/json"]?.schema;
    const good = Object.entries(op.responses ?? {}).find(([status]) => status.startsWith("2"))?.[1];
    const answer = resolve(good)?.content?.["application/json"]?.schema;
    const given = parameters.map((p) => `${key(p.name)}${p.in === "path" ? "" : "?"}: ${type(p.schema)}`).join("; ");
    lines.push(`  ${op.operationId}: { given: { ${given} }; body: ${body ? type(body) : "undefined"}; answer: ${answer ? type(answer) : "undefined"} };`);
    rows.push(`  ${op.operationId}: [${JSON.stringify(method.toUpperCase())}, ${JSON.stringify(path)}],`);
  }
lines.push("}", "", "export const operations = {", ...rows, "} as const;", "");
const text = lines.join("\n");
const file = at("../src/api/schema.ts");
if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);

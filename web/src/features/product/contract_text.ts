// The product's contract in the form of the Open Data Contract Standard, made from what the product says and its registered schema. Pure.
import { flat, fieldsOf, type Field } from "../../parts";
import type { Product } from "../../api/schema";

const y = (v: string) => (/^[A-Za-z0-9_@][\w@./ -]*$/.test(v) && !/^(true|false|null|yes|no|on|off|~|\d[\d.]*)$/i.test(v) && !/[ ]$/.test(v) ? v : JSON.stringify(v));
const logical = (f: Field) => (/timestamp|date-time/.test(f.logical ?? "") ? "timestamp" : /date/.test(f.logical ?? "") ? "date" : /int|long/.test(f.type) ? "integer" : /float|double|decimal|number/.test(f.type) || /decimal/.test(f.logical ?? "") ? "number" : /bool/.test(f.type) ? "boolean" : /array|repeated/.test(f.type) ? "array" : /record|object|map/.test(f.type) ? "object" : "string");
export function contractText(p: Product): string {
  const out: string[] = ["apiVersion: v3.1.0", "kind: DataContract", `id: ${y(p.name)}`, `name: ${y(p.name)}`, `version: ${y(p.version)}`, `status: ${p.state === "published" ? "active" : p.state}`, `domain: ${y(p.domain)}`, `dataProduct: ${y(p.name)}`];
  if (p.tags.length) out.push(`tags: [${p.tags.map(y).join(", ")}]`);
  out.push("description:", `  purpose: ${y(p.description)}`);
  if (p.documentation.trim()) out.push("  usage: |", ...p.documentation.trimEnd().split("\n").map((l) => `    ${l}`));
  out.push("servers:");
  for (const port of p.ports) out.push(`  - server: ${y(port.name)}`, "    type: kafka", `    host: ${y(port.bootstrap)}`, `    format: ${(port.value_schema?.type ?? "json").toLowerCase()}`);
  out.push("schema:");
  for (const port of p.ports) {
    out.push(`  - name: ${y(port.topic || port.table || port.name)}`, "    logicalType: object", `    physicalType: ${port.kind}`);
    const fields = port.value_schema ? flat(fieldsOf(port.value_schema.type, port.value_schema.schema)) : [];
    if (fields.length) out.push("    properties:");
    for (const { field: f } of fields) { out.push(`      - name: ${y(f.path)}`, `        logicalType: ${logical(f)}`, `        physicalType: ${y(f.type)}`, `        required: ${!f.optional}`); if (f.doc) out.push(`        description: ${y(f.doc)}`); }
  }
  out.push("team:", `  name: ${y(p.owner)}`, "customProperties:", "  - property: quality", `    value: ${y(p.quality)}`, "  - property: slaTier", `    value: ${y(p.sla)}`);
  if (p.deprecation) out.push("slaProperties:", "  - property: endOfSupport", `    value: ${y(p.deprecation.sunset)}`);
  return `${out.join("\n")}\n`;
}

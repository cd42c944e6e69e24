// Schema texts (Avro, JSON Schema, Protobuf) as one tree of fields: for readable schemas, comparisons, completion and profiles.
export interface Field { name: string; path: string; type: string; logical: string | null; doc: string; optional: boolean; fallback: unknown; fields: Field[] }

const depthMax = 12;      // deeper trees are cut; nobody reads them in a table
type Json = { [k: string]: unknown };
const isObject = (x: unknown): x is Json => typeof x === "object" && x !== null && !Array.isArray(x);

function avroType(t: unknown, named: Map<string, Json>): { type: string; logical: string | null; optional: boolean; record: Json | null } {
  if (Array.isArray(t)) {
    const rest = t.filter((x) => x !== "null");
    const inner = rest.map((x) => avroType(x, named));
    return { type: inner.map((x) => x.type).join(" or ") || "null", logical: inner[0]?.logical ?? null, optional: rest.length < t.length, record: inner.length === 1 ? inner[0]!.record : null };
  }
  if (typeof t === "string") { const known = named.get(t); return known ? { ...avroType(known, named), type: known.type === "enum" ? "enum" : String(t) } : { type: t, logical: null, optional: false, record: null }; }
  if (!isObject(t)) return { type: "?", logical: null, optional: false, record: null };
  if (typeof t.name === "string") named.set(t.name, t);
  if (t.type === "record") return { type: "record", logical: null, optional: false, record: t };
  if (t.type === "array") { const i = avroType(t.items, named); return { type: `array of ${i.type}`, logical: i.logical, optional: false, record: i.record }; }
  if (t.type === "map") { const i = avroType(t.values, named); return { type: `map of ${i.type}`, logical: i.logical, optional: false, record: i.record }; }
  if (t.type === "enum") return { type: "enum", logical: Array.isArray(t.symbols) ? (t.symbols as string[]).slice(0, 8).join(", ") : null, optional: false, record: null };
  if (t.type === "fixed") return { type: `fixed(${String(t.size)})`, logical: (t.logicalType as string | undefined) ?? null, optional: false, record: null };
  if (typeof t.type === "object") return avroType(t.type, named);
  const logical = typeof t.logicalType === "string" ? (t.logicalType === "decimal" ? `decimal(${String(t.precision)}, ${String(t.scale ?? 0)})` : t.logicalType) : null;
  return { type: String(t.type), logical, optional: false, record: null };
}
function avroFields(record: Json, at: string, named: Map<string, Json>, depth: number): Field[] {
  if (!Array.isArray(record.fields) || depth > depthMax) return [];
  return (record.fields as Json[]).map((f) => {
    const t = avroType(f.type, named), name = String(f.name), path = at ? `${at}.${name}` : name;
    return { name, path, type: t.type, logical: t.logical, doc: typeof f.doc === "string" ? f.doc : "", optional: t.optional, fallback: f.default, fields: t.record ? avroFields(t.record, path, named, depth + 1) : [] };
  });
}
function jsonFields(schema: Json, at: string, root: Json, depth: number): Field[] {
  const target = follow(schema, root);
  if (!isObject(target.properties) || depth > depthMax) return [];
  const required = new Set(Array.isArray(target.required) ? (target.required as string[]) : []);
  return Object.entries(target.properties).map(([name, raw]) => {
    const p = isObject(raw) ? follow(raw, root) : {}, path = at ? `${at}.${name}` : name;
    const kinds = [p.type ?? (p.enum ? "enum" : p.properties ? "object" : "any")].flat().filter((x) => x !== "null").map(String);
    const items = isObject(p.items) ? follow(p.items, root) : null;
    return { name, path, type: items ? `array of ${String(items.type ?? "any")}` : kinds.join(" or "), logical: typeof p.format === "string" ? p.format : Array.isArray(p.enum) ? (p.enum as unknown[]).slice(0, 8).map(String).join(", ") : null, doc: typeof p.description === "string" ? p.description : typeof p.title === "string" ? p.title : "", optional: !required.has(name), fallback: p.default, fields: jsonFields(items ?? p, path, root, depth + 1) };
  });
}
function follow(s: Json, root: Json): Json {
  let at: unknown = s;
  for (let i = 0; i < 8 && isObject(at) && typeof at.$ref === "string" && at.$ref.startsWith("#/"); i++) at = at.$ref.slice(2).split("/").reduce<unknown>((o, k) => (isObject(o) ? o[k.replace(/~1/g, "/").replace(/~0/g, "~")] : undefined), root);
  return isObject(at) ? at : {};
}
function protoFields(text: string): Field[] {
  const clean = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const messages = new Map<string, Field[]>();
  let first: string | null = null;
  for (const m of clean.matchAll(/message\s+(\w+)\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g)) {
    first ??= m[1]!;
    messages.set(m[1]!, [...m[2]!.matchAll(/^\s*(repeated\s+|optional\s+|required\s+)?((?:map\s*<[^>]+>)|[\w.]+)\s+(\w+)\s*=\s*\d+[^;]*;\s*(?:\/\/\s*(.*))?$/gm)].filter((f) => f[2] !== "option" && f[2] !== "reserved").map((f) => ({ name: f[3]!, path: f[3]!, type: `${f[1]?.startsWith("repeated") ? "repeated " : ""}${f[2]!.replace(/\s+/g, "")}`, logical: null, doc: f[4]?.trim() ?? "", optional: Boolean(f[1]?.startsWith("optional")), fallback: undefined, fields: [] })));
  }
  const grow = (fields: Field[], at: string, depth: number): Field[] => fields.map((f) => { const path = at ? `${at}.${f.name}` : f.name; const inner = messages.get(f.type.replace(/^repeated /, "").split(".").pop()!); return { ...f, path, fields: inner && depth < 6 ? grow(inner, path, depth + 1) : [] }; });
  return first ? grow(messages.get(first)!, "", 0) : [];
}

// Never throws: a schema that cannot be read has no tree, and its text is shown instead.
export function fieldsOf(type: string, schema: string): Field[] {
  try {
    if (type === "PROTOBUF") return protoFields(schema);
    const parsed: unknown = JSON.parse(schema);
    if (type === "JSON") return isObject(parsed) ? jsonFields(parsed, "", parsed, 0) : [];
    if (typeof parsed === "string") return [{ name: "(value)", path: "", type: parsed, logical: null, doc: "", optional: false, fallback: undefined, fields: [] }];
    const named = new Map<string, Json>(), t = avroType(parsed, named);
    return t.record ? avroFields(t.record, "", named, 0) : [{ name: "(value)", path: "", type: t.type, logical: t.logical, doc: "", optional: t.optional, fallback: undefined, fields: [] }];
  } catch {
    return [];
  }
}
export const flat = (fields: readonly Field[], depth = 0): { field: Field; depth: number }[] => fields.flatMap((field) => [{ field, depth }, ...flat(field.fields, depth + 1)]);
const kinds: { [type: string]: string } = { AVRO: "Avro", JSON: "JSON Schema", PROTOBUF: "Protobuf" };
export const schemaKind = (type: string) => kinds[type] ?? type;
export const prettySchema = (schema: string) => { try { return JSON.stringify(JSON.parse(schema), null, 2); } catch { return schema; } };

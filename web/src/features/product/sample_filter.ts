// The filter of the live sample: "price > 500 and side = SELL", or just words that occur somewhere in the record. Pure.
export type Test = (fields: { [path: string]: unknown }, text: () => string) => boolean;
const condition = /^\s*([\w.$@-]+)\s*(<=|>=|!=|<>|=|<|>|~|\bcontains\b)\s*(.+?)\s*$/i;
const strip = (v: string) => (/^(['"]).*\1$/.test(v) ? v.slice(1, -1) : v);

export function flatten(value: unknown, at = "", out: { [path: string]: unknown } = {}): { [path: string]: unknown } {
  if (value && typeof value === "object" && !Array.isArray(value)) for (const [k, v] of Object.entries(value)) flatten(v, at ? `${at}.${k}` : k, out);
  else out[at || "(value)"] = value;
  return out;
}
// Throws with a sentence when a condition is half written.
export function parseFilter(text: string, fields: readonly string[]): Test | null {
  if (!text.trim()) return null;
  const parts = text.split(/\s+and\s+/i).map((p) => condition.exec(p));
  if (parts.every((p) => p === null)) { const words = text.toLowerCase().split(/\s+/).filter(Boolean); return (_, whole) => { const t = whole(); return words.every((w) => t.includes(w)); }; }
  const tests = parts.map((m, i) => {
    if (!m) throw new Error(`“${text.split(/\s+and\s+/i)[i]}” is no condition. For example: ${fields[0] ?? "price"} > 500`);
    const asked = m[1]!.toLowerCase(), field = fields.find((f) => f.toLowerCase() === asked);
    if (!field) { const near = fields.find((f) => f.toLowerCase().includes(asked.slice(0, 3))); throw new Error(`There is no field ${m[1]}.${near ? ` Did you mean ${near}?` : ""}`); }
    const op = m[2]!.toLowerCase(), wanted = strip(m[3]!), n = Number(wanted);
    return (f: { [path: string]: unknown }) => {
      const v = f[field];
      if (wanted.toLowerCase() === "null") return op === "=" ? v === null || v === undefined : v !== null && v !== undefined;
      if (v === null || v === undefined) return false;
      if (op === "~" || op === "contains") return String(v).toLowerCase().includes(wanted.toLowerCase());
      const both = typeof v === "number" && !Number.isNaN(n), a = both ? v : String(v), b = both ? n : wanted;
      switch (op) { case "=": return a === b; case "!=": case "<>": return a !== b; case "<": return a < b; case ">": return a > b; case "<=": return a <= b; default: return a >= b; }
    };
  });
  return (f) => tests.every((t) => t(f));
}

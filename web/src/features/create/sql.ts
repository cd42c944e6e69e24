// What the editor knows of SQL by itself: words, strings, comments; who is called what after FROM and JOIN; bytes and UTF-16. Pure. What is right and wrong, the node says.
import type { SqlStatement, SqlWords } from "../../api";

export type TokenKind = "comment" | "string" | "name" | "number" | "word" | "mark";
export interface Token { kind: TokenKind; from: number; to: number; text: string }
const pattern = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|(`(?:[^`]|``)*(?:`|$)|"(?:[^"]|"")*(?:"|$))|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([\p{L}_@][\p{L}\p{N}_$@]*)|(\S)/gu;
export function tokens(sql: string): Token[] {
  const out: Token[] = [];
  for (const m of sql.matchAll(pattern)) {
    const kind: TokenKind = m[1] ? "comment" : m[2] ? "string" : m[3] ? "name" : m[4] ? "number" : m[5] ? "word" : "mark";
    out.push({ kind, from: m.index, to: m.index + m[0].length, text: m[0] });
  }
  return out;
}

export const keywords = new Set(("SELECT FROM WHERE GROUP BY HAVING PARTITION WINDOW TUMBLING HOPPING SESSION SIZE ADVANCE RETENTION GRACE PERIOD EMIT CHANGES FINAL LIMIT CREATE OR REPLACE STREAM TABLE SOURCE WITH AS INSERT INTO VALUES JOIN INNER LEFT RIGHT FULL OUTER ON WITHIN " +
  "AND NOT IN IS NULL LIKE ESCAPE BETWEEN CASE WHEN THEN ELSE END CAST DROP IF EXISTS DELETE TOPIC TERMINATE ALL PAUSE RESUME SHOW LIST STREAMS TABLES TOPICS QUERIES FUNCTIONS PROPERTIES DESCRIBE EXTENDED EXPLAIN PRINT SET UNSET DEFINE UNDEFINE KEY PRIMARY HEADERS HEADER " +
  "DISTINCT TRUE FALSE SECOND SECONDS MINUTE MINUTES HOUR HOURS DAY DAYS MILLISECOND MILLISECONDS ALTER ADD COLUMN ASSERT SCHEMA TYPE TYPES CONNECTOR CONNECTORS ROWTIME FOR").split(" "));
export const types = new Set("BOOLEAN INT INTEGER BIGINT DOUBLE DECIMAL VARCHAR STRING BYTES TIME DATE TIMESTAMP ARRAY MAP STRUCT".split(" "));

// Names as one types them: what ksqlDB upper-cases anyway in small letters, everything else in backticks.
export const written = (name: string) => (/^[A-Z_][A-Z0-9_]*$/.test(name) ? name.toLowerCase() : `\`${name.replace(/`/g, "``")}\``);
export const meant = (text: string) => (/^[`"]/.test(text) ? text.slice(1, -1).replace(/``/g, "`").replace(/""/g, '"') : text.toUpperCase());

export interface Used { source: string; alias: string }
export function used(list: readonly Token[]): Used[] {
  const t = list.filter((x) => x.kind !== "comment"), out: Used[] = [];
  for (let i = 0; i < t.length - 1; i++) {
    if (t[i]!.kind !== "word" || !/^(FROM|JOIN|INTO)$/i.test(t[i]!.text)) continue;
    const name = t[i + 1]!;
    if (name.kind !== "word" && name.kind !== "name") continue;
    let next = t[i + 2];
    if (next?.kind === "word" && /^AS$/i.test(next.text)) next = t[i + 3];
    const alias = next && (next.kind === "name" || (next.kind === "word" && !keywords.has(next.text.toUpperCase()))) ? meant(next.text) : meant(name.text);
    out.push({ source: meant(name.text), alias });
  }
  return out;
}
export const sourceOf = (words: SqlWords | undefined, name: string) => words?.sources.find((s) => s.name === name) ?? words?.sources.find((s) => s.name.toUpperCase() === name.toUpperCase());

// Which columns the text names, as SOURCE.COLUMN: for the marks in the tree.
export function usedColumns(list: readonly Token[], from: readonly Used[], words: SqlWords | undefined): Set<string> {
  const out = new Set<string>();
  const t = list.filter((x) => x.kind !== "comment");
  for (let i = 0; i < t.length; i++) {
    const x = t[i]!;
    if (x.text === "*" && /^(SELECT|,|\.)$/i.test(t[i - 1]?.text ?? "")) { for (const u of from) for (const c of sourceOf(words, u.source)?.columns ?? []) out.add(`${u.source}.${c.name}`); continue; }
    if (x.kind !== "word" && x.kind !== "name") continue;
    const name = meant(x.text), owner = t[i - 1]?.text === "." ? meant(t[i - 2]?.text ?? "") : null;
    for (const u of from) if ((owner === null || owner === u.alias) && sourceOf(words, u.source)?.columns.some((c) => c.name === name)) out.add(`${u.source}.${name}`);
  }
  return out;
}

// Positions: the API counts bytes of UTF-8 where it does not say utf16.
export function utf16At(text: string, bytes: number): number {
  let b = 0, i = 0;
  for (const c of text) { if (b >= bytes) break; const p = c.codePointAt(0)!; b += p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4; i += c.length; }
  return i;
}
export const previewable = (s: SqlStatement) => s.ok && (/^(query|insert_into)$|_as$/.test(s.kind));
// The statement the cursor stands in, else the last one that can be shown.
export function statementAt(all: readonly SqlStatement[], at: number): SqlStatement | null {
  return all.find((s) => at >= s.utf16_begin && at <= s.utf16_end + 1) ?? [...all].reverse().find(previewable) ?? all[all.length - 1] ?? null;
}
// The sentence before the statement, as its writer left it.
export const leadingComment = (sql: string) => { const m = /^\s*((?:--[^\n]*\n\s*)+)/.exec(sql); return m ? m[1]!.split("\n").map((l) => l.replace(/^\s*--\s?/, "").trim()).filter(Boolean).join(" ") : ""; };
// What the editor opens with for a topic: its records, by the stream or table there is, or by one that is made of it first.
export function starterOf(topic: string, sources: readonly { name: string; topic: string }[], format: string | null): string {
  const known = sources.find((s) => s.topic === topic);
  if (known) return `SELECT *\nFROM ${written(known.name)}\nEMIT CHANGES;\n`;
  const bare = topic.replace(/[^A-Za-z0-9_]/g, "_").toLowerCase(), name = /^\d/.test(bare) ? `s_${bare}` : bare, quoted = `'${topic.replace(/'/g, "''")}'`;
  const made = format ? `CREATE STREAM ${name}\n  WITH (kafka_topic = ${quoted}, value_format = '${format === "JSON" ? "JSON_SR" : format}');` : `-- No schema is registered: a record is one text. EXTRACTJSONFIELD(line, '$.name') reads a field of JSON.\nCREATE STREAM ${name} (line STRING)\n  WITH (kafka_topic = ${quoted}, value_format = 'KAFKA');`;
  return `-- SQL knows no stream of this topic yet. Save this, then:\n-- SELECT * FROM ${name} EMIT CHANGES;\n${made}\n`;
}

// What the counts of a preview say beside the lines that cause them, and what is worth knowing before one saves. Pure.
import type { PlanStep, ProductSummaryLike, SqlStatement, SqlWords } from "./types";
import type { LineHint } from "./codemirror";
import { count, percent } from "../../ui";
import { tokens, utf16At } from "./sql";
import type { StepCount } from "../../parts/plan";

// Where a step stands in the whole text: the API's utf16 positions, else its bytes within the statement or the text.
export function placeOf(step: PlanStep, sql: string): { from: number; to: number } | null {
  if (typeof step.utf16_begin === "number" && typeof step.utf16_end === "number") return { from: step.utf16_begin, to: step.utf16_end };
  if (typeof step.begin !== "number" || typeof step.end !== "number") return null;
  return { from: utf16At(sql, step.begin), to: utf16At(sql, step.end) };
}
export function lineHints(s: SqlStatement | null, sql: string, steps: { [id: number]: StepCount }): LineHint[] {
  const out: LineHint[] = [];
  let filters = 0;
  for (const step of s?.plan?.steps ?? []) {
    const c = steps[step.id], at = placeOf(step, sql) ?? (step.kind === "aggregate" ? placeOf(s!.plan!.steps.find((g) => g.kind === "group" && step.inputs.includes(g.id)) ?? step, sql) : null);
    if (!c || !at || c.in === 0) continue;
    if (step.kind === "filter") {
      out.push(c.out === 0 ? { at: at.to, text: "keeps", strong: "none", after: `of ${count(c.in)}`, bad: true } : { at: at.to, text: "keeps", strong: percent(c.out / c.in), after: filters++ ? "of these" : "" });
    } else if (/join/i.test(step.kind)) out.push(c.out <= c.in ? { at: at.to, text: c.out === 0 ? "matches" : "matches", strong: c.out === 0 ? "none" : percent(c.out / c.in), after: `of ${count(c.in)}`, bad: c.out === 0 } : { at: at.to, text: "makes", strong: count(c.out), after: `of ${count(c.in)}` });
    else if (step.kind === "aggregate") out.push({ at: at.to, text: "", strong: count(c.out), after: `changes of ${count(c.in)} records` });
  }
  return out.sort((a, b) => a.at - b.at);
}
export interface Equal { column: string; owner: string | null; value: string; from: number; to: number }
// column = 'text' within a part of the statement: the comparisons that spelling can break.
export function equals(sql: string, from: number, to: number): Equal[] {
  const t = tokens(sql.slice(from, to)).filter((x) => x.kind !== "comment"), out: Equal[] = [];
  for (let i = 1; i < t.length - 1; i++) {
    if (t[i]!.text !== "=" || t[i + 1]!.kind !== "string" || (t[i - 1]!.kind !== "word" && t[i - 1]!.kind !== "name")) continue;
    out.push({ column: t[i - 1]!.text.replace(/[`"]/g, ""), owner: t[i - 2]?.text === "." ? t[i - 3]?.text ?? null : null, value: t[i + 1]!.text.slice(1, -1).replace(/''/g, "'"), from: from + t[i + 1]!.from, to: from + t[i + 1]!.to });
  }
  return out;
}
const distance = (a: string, b: string) => { const d = Array.from({ length: b.length + 1 }, (_, j) => j); for (let i = 1; i <= a.length; i++) { let p = d[0]!; d[0] = i; for (let j = 1; j <= b.length; j++) { const q = d[j]!; d[j] = Math.min(q + 1, d[j - 1]! + 1, p + (a[i - 1] === b[j - 1] ? 0 : 1)); p = q; } } return d[b.length]!; };
export function nearestOf(value: string, known: readonly string[]): string | null {
  const low = value.toLowerCase();
  const best = known.map((k) => ({ k, d: distance(low, k.toLowerCase()) })).sort((a, b) => a.d - b.d)[0];
  return best && best.d <= Math.max(1, Math.floor(value.length / 3)) ? best.k : null;
}

export interface Fact { tone: "ok" | "warn" | "info" | "bad"; title: string; text: string }
export function factsOf(s: SqlStatement, words: SqlWords | undefined, products: readonly ProductSummaryLike[], steps: { [id: number]: StepCount }, own: string | null): Fact[] {
  const out: Fact[] = [];
  if (s.error) return [];   // said in full below the editor
  for (const step of s.plan?.steps ?? []) { const c = steps[step.id]; if (step.kind === "filter" && c && c.in > 20 && c.out === 0) out.push({ tone: "warn", title: "A filter has let nothing through", text: `0 of ${count(c.in)}: ${step.title}` }); if (/join/i.test(step.kind) && c && c.in > 20 && c.out === 0) out.push({ tone: "warn", title: "The join has found no match", text: `0 of ${count(c.in)}: ${step.title}` }); }
  const there = s.writes ? words?.sources.find((x) => x.name === s.writes) : undefined;
  const replaced = s.sink_topic ? products.find((p) => p.ports.some((x) => x.topic === s.sink_topic)) : undefined;
  if (there && !/OR\s+REPLACE/i.test(s.text)) out.push({ tone: "bad", title: `${there.name} exists already`, text: "CREATE OR REPLACE changes the running query; another name makes a new one." });
  else if (s.writes) out.push({ tone: "ok", title: there ? `Replaces the query that writes ${s.writes}` : `Makes ${s.writes}`, text: `topic ${s.sink_topic ?? s.writes}, ${s.columns.length} ${s.columns.length === 1 ? "column" : "columns"}` });
  if (replaced) out.push(replaced.domain !== own ? { tone: "warn", title: `${replaced.name} is a product of ${replaced.domain}`, text: "It is theirs to change: talk to its owner first." } : replaced.consumers > 0 ? { tone: "warn", title: `${replaced.consumers} consumers rely on ${replaced.name}`, text: "What they read changes with this statement." } : { tone: "info", title: `${replaced.name} is a product`, text: "It has no consumers yet." });
  if (there && there.columns.length) { const gone = there.columns.filter((c) => !s.columns.some((n) => n.name === c.name)); out.push(gone.length ? { tone: "warn", title: `${gone.map((g) => g.name).slice(0, 3).join(", ")} would be gone`, text: "Readers of the topic that use it stop working." } : { tone: "ok", title: `Keeps its ${there.columns.length} columns`, text: "Readers of the topic need no change." }); }
  // What is read is named as SQL names it; products are known by their topics.
  const topics = s.reads.map((r) => words?.sources.find((x) => x.name === r)?.topic ?? r);
  const reads = products.filter((p) => p.ports.some((x) => topics.includes(x.topic)));
  for (const p of reads) if (p.state === "deprecated") out.push({ tone: "warn", title: `${p.name} is deprecated`, text: p.deprecation ? `Its sunset is ${p.deprecation.sunset.slice(0, 10)}.${p.deprecation.replaced_by ? ` Use ${p.deprecation.replaced_by}.` : ""}` : "" });
  const pii = reads.filter((p) => p.tags.includes("pii"));
  if (pii.length) out.push({ tone: "info", title: `${pii.map((p) => p.name).join(" and ")} ${pii.length === 1 ? "carries" : "carry"} the tag pii`, text: "Publish proposes it for the result." });
  const key = s.columns.filter((c) => c.key);
  if (s.writes) out.push(key.length ? { tone: "info", title: `Key is ${key.map((k) => k.name).join(", ")}`, text: "Records with the same key stay in order." } : { tone: "info", title: "The result has no key column", text: "Its records are spread over all partitions." });
  return out;
}
// The node's message without the place that stands before it anyway: "Line: 1, Col: 46: WHERE column ..." and "line 2:37: Syntax Error".
export const bare = (message: string) => { const m = message.replace(/^line:?\s*\d+\s*[:,]\s*(?:col(?:umn)?:?\s*)?\d+:\s*/i, "").replace(/^Syntax Error\n/, "Syntax error: "); return m || message; };

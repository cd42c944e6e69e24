// What is offered while one types: columns after a dot, sources after FROM and JOIN, else columns of what is read, functions and words.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { SqlWords } from "../../api";
import { keywords, meant, sourceOf, tokens, used, written } from "./sql";

export function completions(sql: string, at: number, words: SqlWords | undefined, explicit: boolean): { from: number; options: Completion[] } | null {
  const all = tokens(sql), here = all.find((t) => t.from < at && at <= t.to);
  if (here && (here.kind === "comment" || here.kind === "string" || here.kind === "number")) return null;
  const typed = here && (here.kind === "word" || here.kind === "name") ? here : null;
  const from = typed ? typed.from : at;
  const before = all.filter((t) => t.to <= from && t.kind !== "comment");
  const last = before[before.length - 1];
  // Only the statement one is in counts for what is read.
  const begin = all.filter((t) => t.text === ";" && t.to <= at).pop()?.to ?? 0, end = all.find((t) => t.text === ";" && t.from >= at)?.from ?? sql.length;
  const reads = used(tokens(sql.slice(begin, end)));
  if (last?.text === ".") {
    const owner = meant(before[before.length - 2]?.text ?? "");
    const source = sourceOf(words, reads.find((u) => u.alias === owner)?.source ?? owner);
    return source ? { from, options: source.columns.map((c) => ({ label: written(c.name), detail: c.key ? `${c.type}, key` : c.type, type: "property" })) } : null;
  }
  if (last?.kind === "word" && /^(FROM|JOIN|INTO|DESCRIBE|PRINT)$/i.test(last.text)) return { from, options: (words?.sources ?? []).map((s) => ({ label: written(s.name), detail: s.domain ? `${s.kind} of ${s.domain}` : s.kind, type: s.kind })) };
  if (!typed && !explicit) return null;
  const options: Completion[] = [];
  const seen = new Set<string>();
  for (const u of reads) {
    for (const c of sourceOf(words, u.source)?.columns ?? []) {
      const label = reads.length > 1 ? `${written(u.alias)}.${written(c.name)}` : written(c.name);
      if (seen.has(label)) continue;
      seen.add(label);
      options.push({ label, detail: c.type, type: "property", boost: 3 });
    }
    if (u.alias !== u.source) options.push({ label: written(u.alias), detail: written(u.source), type: "variable", boost: 2 });
  }
  const small = typed !== null && typed.text === typed.text.toLowerCase() && /[a-z]/.test(typed.text);
  for (const f of words?.functions ?? []) options.push({ label: f.name, detail: f.kind === "scalar" ? "" : f.kind, info: [f.signatures.slice(0, 3).join("\n"), f.summary].filter(Boolean).join("\n\n"), type: "function", apply: `${f.name}(`, boost: 0 });
  for (const w of words?.keywords.length ? words.keywords : keywords) options.push({ label: w, type: "keyword", apply: small ? w.toLowerCase() : w, boost: -1 });
  return { from, options };
}
export const completionSource = (words: () => SqlWords | undefined) => (c: CompletionContext): CompletionResult | null => {
  const found = completions(c.state.doc.toString(), c.pos, words(), c.explicit);
  return found ? { ...found, validFor: /^[\w`$]*$/ } : null;
};

// Kinds of things that search finds: the catalog's type names, their words, and where each is shown.
import type { SearchResult } from "./schema";
export type Kind = "product" | "topic" | "field" | "query" | "schema" | "domain";
export const kinds: { kind: Kind; word: string; types: string[] }[] = [
  { kind: "product", word: "Data product", types: ["data_product"] },
  { kind: "topic", word: "Topic", types: ["kafka_topic"] },
  { kind: "field", word: "Field", types: ["sr_field"] },
  { kind: "query", word: "Query", types: ["ksql_query", "query"] },
  { kind: "schema", word: "Schema", types: ["sr_subject_version"] },
  { kind: "domain", word: "Domain", types: ["domain"] },
];
export const kindOf = (type: string): Kind | null => kinds.find((k) => k.types.includes(type))?.kind ?? null;
export const wordOf = (type: string) => kinds.find((k) => k.types.includes(type))?.word ?? type.replace(/^(sr|kafka|ksql)_/, "").replace(/_/g, " ");
export const typesOf = (kind: string) => kinds.find((k) => k.kind === kind)?.types ?? [kind];

// Qualified names are kept by the catalog as lsrc-NODE:.:REST.
export const restOf = (r: SearchResult) => r.qualified_name.split(":").slice(2).join(":");
export function placeOf(r: SearchResult): string {
  const n = encodeURIComponent(r.name);
  switch (kindOf(r.type)) {
    case "product": return `/products/${n}`;
    case "topic": return `/operations/topics/${n}`;
    case "query": return `/operations/queries/${n}`;
    case "schema": return `/operations/schemas/${n}`;
    case "domain": return `/explore?domain=${n}`;
    case "field": return `/explore?q=${n}&kind=field`;
    default: return `/explore?q=${n}`;
  }
}

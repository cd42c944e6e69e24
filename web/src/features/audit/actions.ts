// What the palette and Same as know of the audit.
import { sh, type Action } from "../../api";

const go = (id: string, title: string, words: string, flags: string, query: string): Action => ({ id, group: "go", title: () => title, words, page: "audit", command: () => `braid audit${flags}`, http: () => ({ method: "GET", path: `/api/v1/audit${query}` }), to: () => `/audit${query}` });
export const auditActions: Action[] = [
  go("audit.open", "Audit: everything that happened", "history log who what when", "", ""),
  go("audit.refused", "What was refused", "forbidden denied not allowed", " --outcome refused", "?outcome=refused"),
  go("audit.deprecated", "Deprecations in the audit", "sunset deprecated", " --what product.deprecated", "?what=product.deprecated"),
  { id: "audit.product", group: "go", about: "product", title: (p) => `Audit of ${p}`, words: "who changed history", command: (p) => `braid audit --subject ${sh(p)}`, http: (p) => ({ method: "GET", path: `/api/v1/audit?subject=${encodeURIComponent(p)}` }), to: (p) => `/audit?subject=${encodeURIComponent(p)}` },
];

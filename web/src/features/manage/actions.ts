// What the palette and Same as know of looking after products.
import { sh, type Action } from "../../api";
import type { WhoAmI } from "../../api/schema";

const may = (who: WhoAmI, domain: string | null): true | string => (!domain || who.platform || who.unclaimed || who.domains.includes(domain) ? true : `only ${domain} may`);
const at = (p: string, rest = "") => `/api/v1/products/${encodeURIComponent(p)}${rest}`;
const open = (what: string) => (p: string) => `/products/${encodeURIComponent(p)}?do=${what}`;
export const manageActions: Action[] = [
  { id: "manage.open", group: "go", title: () => "Manage what is mine", words: "products drafts topics queries domain own", page: "manage", command: () => "braid products list", http: () => ({ method: "GET", path: "/api/v1/products" }), to: () => "/manage" },
  { id: "product.change", group: "do", about: "product", title: (p) => `Change ${p}`, words: "edit description owner quality tags documentation", page: "manage", command: (p) => `braid products change ${sh(p)}`, http: (p) => ({ method: "PATCH", path: at(p), body: { description: "…" } }), to: open("change"), may },
  { id: "product.version", group: "do", about: "product", title: (p) => `New version of ${p}`, words: "publish version", page: "manage", command: (p) => `braid products change ${sh(p)} --version 1.1.0`, http: (p) => ({ method: "PATCH", path: at(p), body: { version: "1.1.0" } }), to: open("version"), may },
  { id: "product.deprecate", group: "do", ends: true, of: "published", about: "product", title: (p) => `Deprecate ${p}`, words: "end sunset", page: "manage", command: (p) => `braid products deprecate ${sh(p)}`, http: (p) => ({ method: "POST", path: at(p, "/deprecate"), body: {} }), to: open("deprecate"), may },
  { id: "product.retire", group: "do", ends: true, of: "deprecated", about: "product", title: (p) => `Retire ${p}`, words: "end", page: "manage", command: (p) => `braid products retire ${sh(p)}`, http: (p) => ({ method: "POST", path: at(p, "/retire") }), to: open("retire"), may },
  { id: "product.remove", group: "do", ends: true, about: "product", title: (p) => `Remove ${p}`, words: "delete unpublish", page: "manage", command: (p) => `braid products remove ${sh(p)}`, http: (p) => ({ method: "DELETE", path: at(p) }), to: open("remove"), may },
];

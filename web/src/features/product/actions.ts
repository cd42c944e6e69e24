// What the palette and Same as know of one product.
import { sh, type Action } from "../../api";

const at = (p: string, rest = "") => `/api/v1/products/${encodeURIComponent(p)}${rest}`;
const page = (p: string, hash = "") => `/products/${encodeURIComponent(p)}${hash}`;

export const productActions: Action[] = [
  { id: "product.open", group: "go", about: "product", title: (p) => p, words: "product open show", command: (p) => `braid products show ${sh(p)}`, http: (p) => ({ method: "GET", path: at(p) }), to: (p) => page(p) },
  { id: "product.lineage", group: "go", about: "product", title: (p) => `What depends on ${p}`, words: "lineage downstream depends upstream", command: (p) => `braid lineage ${sh(p)}`, http: (p) => ({ method: "GET", path: `/api/v1/lineage?of=product:${encodeURIComponent(p)}` }), to: (p) => page(p, "#lineage") },
  { id: "product.profile", group: "go", about: "product", title: (p) => `Profile of ${p}`, words: "fields distribution nulls distinct quality", command: (p) => `braid products profile ${sh(p)}`, http: (p) => ({ method: "GET", path: at(p, "/profile") }), to: (p) => page(p, "#fields") },
  { id: "product.sample", group: "go", about: "product", title: (p) => `Live records of ${p}`, words: "sample records consume tail", command: (p) => `braid consume ${sh(p)} --follow`, http: (p) => ({ method: "GET", path: `/api/v1/topics/${encodeURIComponent(p)}/records?from=-20` }), to: (p) => page(p, "#sample") },
  { id: "product.history", group: "go", about: "product", title: (p) => `History of ${p}`, words: "audit changes who when", command: (p) => `braid products history ${sh(p)}`, http: (p) => ({ method: "GET", path: at(p, "/history") }), to: (p) => page(p, "#history") },
  { id: "product.register", group: "do", about: "product", title: (p) => `Register a consumer of ${p}`, words: "consume subscribe use read", command: (p) => `braid products register ${sh(p)}`, http: (p) => ({ method: "POST", path: at(p, "/consumers"), body: { purpose: "…" } }), to: (p) => page(p, "?register=1#consumers"), may: (who) => (who.teams.length > 0 || who.unclaimed ? true : "members of a team may; act as a person") },
];

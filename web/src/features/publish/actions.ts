// What the palette and Same as know of publishing.
import { sh, type Action } from "../../api";

export const publishActions: Action[] = [
  { id: "publish.open", group: "do", title: () => "Publish a product", words: "data product topic new draft share", page: "publish", command: () => "braid products publish NAME", http: () => ({ method: "POST", path: "/api/v1/products", body: { name: "…" } }), to: () => "/publish" },
  { id: "publish.topic", group: "do", about: "topic", title: (t) => `Publish ${t}`, words: "data product share", command: (t) => `braid products publish ${sh(t)}`, http: (t) => ({ method: "POST", path: "/api/v1/products", body: { name: t } }), to: (t) => `/publish/${encodeURIComponent(t)}` },
];

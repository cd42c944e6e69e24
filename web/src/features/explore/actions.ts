// What the palette and Same as know of searching.
import type { Action } from "../../api";

export const exploreActions: Action[] = [
  { id: "explore.open", group: "go", title: () => "Explore: search products, topics, fields", words: "find search discover facets", page: "explore", command: () => "braid search", http: () => ({ method: "GET", path: "/api/v1/search" }), to: () => "/explore" },
];

// What the palette and Same as know of the mesh as a whole.
import type { Action } from "../../api";

export const homeActions: Action[] = [
  { id: "mesh.open", group: "go", title: () => "The mesh", words: "home map start overview", command: () => "braid products list", http: () => ({ method: "GET", path: "/api/v1/products" }), to: () => "/" },
  { id: "mesh.list", group: "go", title: () => "The mesh as a list", words: "table feeds", command: () => "braid lineage --json", http: () => ({ method: "GET", path: "/api/v1/lineage" }), to: () => "/?view=list" },
];

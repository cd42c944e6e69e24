// What the palette knows of the person.
import type { Action } from "../../api";

export const meActions: Action[] = [
  { id: "me.open", group: "go", title: () => "You: acting as, theme, keys", words: "settings person theme dark light keyboard profile", command: () => "braid whoami", http: () => ({ method: "GET", path: "/api/v1/whoami" }), to: () => "/me" },
];

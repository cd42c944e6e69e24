// The words of the top bar, their keys (after g), and what they look like on a phone.
import { Boxes, Eye, History, PackagePlus, Search, Terminal, Workflow } from "lucide-react";

export const places = [
  { to: "/", word: "Mesh", key: "m", icon: Workflow, narrow: true },
  { to: "/explore", word: "Explore", key: "e", icon: Search, narrow: true },
  { to: "/create", word: "Create", key: "c", icon: Terminal, narrow: true },
  { to: "/publish", word: "Publish", key: "p", icon: PackagePlus, narrow: true },
  { to: "/manage", word: "Manage", key: "a", icon: Boxes, narrow: true },
  { to: "/operations", word: "Operations", key: "o", icon: Eye, narrow: false },
  { to: "/audit", word: "Audit", key: "u", icon: History, narrow: false },
] as const;
// A product is found in Explore, so that word is lit there, too.
export const isAt = (path: string, to: string) => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`) || (to === "/explore" && path.startsWith("/products/")));

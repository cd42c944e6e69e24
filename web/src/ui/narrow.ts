// Whether the window is a narrow one (DESIGN 9): the map becomes the list.
import { useSyncExternalStore } from "react";
const query = typeof matchMedia === "undefined" ? null : matchMedia("(max-width:720px)");
export const useNarrow = () => useSyncExternalStore((f) => { query?.addEventListener("change", f); return () => query?.removeEventListener("change", f); }, () => query?.matches ?? false);

// Keys of one letter. Off in text fields, and off altogether when the person turned them off (WCAG 2.1.4).
import { useEffect, useRef } from "react";
let enabled = true;
export const enableLetterKeys = (on: boolean) => { enabled = on; };
// The editor lives in a shadow root: the event says its host, the focus within says what it is.
export function inText(target: EventTarget | null): boolean {
  const at = target instanceof HTMLElement ? target.shadowRoot?.activeElement ?? target : null;
  return at instanceof HTMLElement && (at.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && !/^(checkbox|radio|button)$/.test((at as HTMLInputElement).type)));
}
// useKeys({ t: () => ..., " ": () => ..., "ctrl+enter": () => ... }); a handler may return false to let the key go on.
export function useKeys(keys: { [key: string]: (e: KeyboardEvent) => void | boolean }, on = true) {
  const held = useRef(keys);
  held.current = keys;
  useEffect(() => {
    if (!on) return;
    const take = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.altKey) return;
      const ctrl = e.ctrlKey || e.metaKey;
      const f = held.current[(ctrl ? "ctrl+" : "") + (e.key.length === 1 ? e.key.toLowerCase() : e.key.toLowerCase())];
      if (!f) return;
      const plain = !ctrl && e.key.length === 1;
      if (plain && (inText(e.target) || !enabled)) return;
      if (!ctrl && inText(e.target)) return;
      if (plain && e.key === " " && e.target instanceof HTMLElement && /^(BUTTON|A|SUMMARY)$/.test(e.target.tagName)) return;
      if (document.querySelector("dialog[open]") && !ctrl) return;
      if (f(e) !== false) e.preventDefault();
    };
    document.addEventListener("keydown", take);
    return () => document.removeEventListener("keydown", take);
  }, [on]);
}

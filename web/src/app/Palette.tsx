// Ctrl K: find or do anything. Groups Do, Go to, Found in the mesh; each row shows its command; what one may not do is listed, dimmed, with who may.
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router-dom";
import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { ArrowRight, Lock, Search, Zap } from "lucide-react";
import { ask, productList, question, remember, remembered, useWho } from "../api";
import { Mark } from "../parts";
import { Dialog, Name, copyText, toast } from "../ui";
import { actions } from "./actions";
import { rank, type Row } from "./palette_rank";

export function Palette({ onClose }: { onClose: () => void }) {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const page = useLocation().pathname;
  const who = useWho();
  const products = useQuery(productList()).data?.products;
  const needle = words.replace(/^>/, "").trim();
  const only = words.startsWith(">");
  const search = useQuery({ ...question(["search", "palette", needle], (signal) => ask("search", { q: needle, limit: 7 }, undefined, { signal, quiet: true })), enabled: needle.length > 1 && !only, placeholderData: keepPreviousData });
  const used = useMemo(() => remembered<{ [id: string]: number }>("palette", {}), []);
  const rows = useMemo(() => rank({ actions, products: products ?? [], found: needle.length > 1 && !only ? search.data?.results ?? [] : [], needle, page, who, used }), [products, search.data, needle, page, who, used, only]);
  useEffect(() => setAt(0), [words]);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => { list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }); }, [at, rows]);

  const run = (r: Row | undefined, copy: boolean) => {
    if (!r) return;
    if (copy) { void copyText(r.command).then(() => toast("Command copied.")); onClose(); return; }
    if (r.why) return;
    remember("palette", { ...used, [r.id]: (used[r.id] ?? 0) + 1 });
    onClose();
    navigate(r.to);
  };
  const key = (e: React.KeyboardEvent) => {
    if (e.key === "ArrowDown") { e.preventDefault(); setAt(Math.min(rows.length - 1, at + 1)); }
    else if (e.key === "ArrowUp") { e.preventDefault(); setAt(Math.max(0, at - 1)); }
    else if (e.key === "Home" && e.ctrlKey) setAt(0);
    else if (e.key === "Enter") { e.preventDefault(); run(rows[at], e.ctrlKey || e.metaKey); }
  };
  let group = "";
  return (
    <Dialog open onClose={onClose} className="pal" label="Find or do anything">
      <label><Search className="i" /><input autoFocus value={words} onChange={(e) => setWords(e.target.value)} onKeyDown={key} placeholder="Find or do anything" role="combobox" aria-label="Find or do anything" aria-expanded="true" aria-controls="pal-list" aria-activedescendant={rows[at] ? `pal-${at}` : undefined} aria-autocomplete="list" autoComplete="off" spellCheck={false} /><kbd>Esc</kbd></label>
      <ul id="pal-list" role="listbox" aria-label="Actions and what was found" ref={list}>
        {rows.map((r, i) => {
          const head = r.group !== group ? r.group : null;
          group = r.group;
          return [
            head && <li key={`g${head}`} className="g" role="presentation">{head}</li>,
            <li key={r.id} id={`pal-${i}`} role="option" aria-selected={i === at} aria-disabled={r.why ? true : undefined} onMouseMove={() => i !== at && setAt(i)} onClick={() => run(r, false)}>
              {r.why ? <Lock className="i s" /> : r.domain !== undefined ? <Mark domain={r.domain} /> : r.group === "Do" ? <Zap className="i s" /> : <ArrowRight className="i s" />}
              <span><Name most={44}>{r.title}</Name>{r.detail && <span className="dim"> {r.detail}</span>}</span><code>{r.why || r.command}</code>
            </li>,
          ];
        })}
        {rows.length === 0 && <li className="g">Nothing is called “{needle}”, and nothing is done by that name.</li>}
      </ul>
      <div className="ft"><span><kbd>↵</kbd> run</span><span><kbd>Ctrl ↵</kbd> copy as command</span><span className="right"><kbd>&gt;</kbd> actions only</span></div>
    </Dialog>
  );
}

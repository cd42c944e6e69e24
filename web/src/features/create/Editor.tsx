// The editor as a React component: text in, text and cursor out; what the node says about it is put beside the lines.
import { useEffect, useLayoutEffect, useRef } from "react";
import type { Diagnostic } from "@codemirror/lint";
import type { SqlWords } from "../../api";
import { mount, type LineHint, type LineNote, type Mounted } from "./codemirror";

export interface EditorProps { sql: string; words: SqlWords | undefined; problems: Diagnostic[]; hints: LineHint[]; notes: LineNote[]; onChange: (sql: string) => void; onCursor: (at: number) => void; onRun: () => void; onSave: () => void; handle: React.RefObject<Mounted | null> }
export function Editor(p: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const held = useRef(p);
  held.current = p;
  useLayoutEffect(() => {
    const m = mount(host.current!, held.current.sql, { words: () => held.current.words, change: (s) => held.current.onChange(s), cursor: (at) => held.current.onCursor(at), run: () => held.current.onRun(), save: () => held.current.onSave() });
    p.handle.current = m;
    return () => { m.view.destroy(); p.handle.current = null; };
  }, [p.handle]);
  useEffect(() => { p.handle.current?.set(p.sql); }, [p.sql, p.handle]);
  const problems = JSON.stringify(p.problems.map(({ from, to, message }) => [from, to, message]));
  useEffect(() => { p.handle.current?.diagnose(held.current.problems); }, [problems, p.handle]);
  const lines = JSON.stringify([p.hints, p.notes.map((n) => [n.at, n.title, n.text, n.fixes.map((f) => f.label)])]);
  useEffect(() => { p.handle.current?.beside(held.current.hints, held.current.notes); }, [lines, p.handle]);
  return <div className="edhost" ref={host} />;
}

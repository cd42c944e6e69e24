// Code with colours and a copy button. The colouring is for reading (SQL, JSON, shell, a little Java, Python, JavaScript); the editor has its own.
import { useEffect, useState, type ReactNode } from "react";
import { Check, Copy } from "lucide-react";
import { IconButton } from "./button";

const keywords: { [lang: string]: RegExp } = {
  sql: /^(select|from|where|create|stream|table|as|insert|into|values|join|left|right|full|outer|inner|on|within|group|by|having|partition|emit|changes|final|window|tumbling|hopping|session|size|advance|grace|period|with|and|or|not|in|is|null|like|between|case|when|then|else|end|cast|terminate|drop|show|describe|explain|limit|key|primary|if|exists|minutes?|seconds?|hours?|days?)$/i,
  python: /^(import|from|as|for|in|while|if|else|elif|def|class|return|with|try|except|print|None|True|False|not|and|or)$/,
  js: /^(import|from|const|let|var|for|of|in|await|async|function|return|new|if|else|while|export|default|true|false|null|undefined)$/,
  java: /^(import|package|public|static|void|class|new|for|while|if|else|return|try|final|var|int|long|true|false|null|String)$/,
  shell: /^(curl|kcat|braid|for|do|done|if|then|fi)$/,
  json: /^(true|false|null)$/,
};
export type Lang = "sql" | "python" | "js" | "java" | "shell" | "json" | "text";
const comment: { [lang: string]: string } = { sql: "--[^\\n]*", python: "#[^\\n]*", js: "//[^\\n]*", java: "//[^\\n]*", shell: "#[^\\n]*" };
export function paint(text: string, lang: Lang): ReactNode[] {
  if (lang === "text" || text.length > 60_000) return [text];
  const words = keywords[lang];
  const token = new RegExp(`(${comment[lang] ?? "(?!)"})|("(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|\`[^\`]*\`)|(\\b\\d[\\d_.]*\\b)|([A-Za-z_][\\w]*)`, "g");
  const out: ReactNode[] = [];
  let last = 0, n = 0;
  for (const m of text.matchAll(token)) {
    const cls = m[1] ? "c" : m[2] ? (lang === "json" && /^\s*:/.test(text.slice(m.index + m[0].length)) ? "f" : "s") : m[3] ? "nn" : words?.test(m[4] ?? "") ? "k" : text[m.index + m[0].length] === "(" ? "f" : "";
    if (!cls) continue;
    if (m.index > last) out.push(text.slice(last, m.index));
    out.push(<span key={n++} className={cls}>{m[0]}</span>);
    last = m.index + m[0].length;
  }
  out.push(text.slice(last));
  return out;
}

export async function copyText(text: string): Promise<boolean> {
  try { await navigator.clipboard.writeText(text); return true; } catch {
    // Not a secure address (http on another host): the old way.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
export function CopyButton({ text, label = "Copy", children }: { text: string | (() => string); label?: string; children?: ReactNode }) {
  const [done, setDone] = useState(false);
  useEffect(() => { if (!done) return; const t = setTimeout(() => setDone(false), 1600); return () => clearTimeout(t); }, [done]);
  const go = () => void copyText(typeof text === "string" ? text : text()).then(setDone);
  const icon = done ? <Check className="i s" /> : <Copy className="i s" />;
  return children ? <button type="button" className="btn sm" onClick={go}>{icon}{done ? "Copied" : children}</button> : <IconButton className="sm" label={done ? "Copied" : label} onClick={go}>{icon}</IconButton>;
}
export function CodeBlock({ text, lang = "text", copy = true, wrap, label, className }: { text: string; lang?: Lang; copy?: boolean; wrap?: boolean; label?: string; className?: string }) {
  return <div className={`codebox${className ? ` ${className}` : ""}`}><pre className={`code${wrap ? " wrap" : ""}`} tabIndex={0} aria-label={label}><code>{paint(text, lang)}</code></pre>{copy && <CopyButton text={text} />}</div>;
}

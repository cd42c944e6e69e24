// Markdown as React elements: headings, paragraphs, lists, quotes, code, tables, rules, emphasis, links, images as links.
// There is no way from text to HTML here, so HTML in a description is shown as what it is: text. Links go to http(s), mailto and places within the portal only.
import { Fragment, type ReactNode } from "react";
import { CodeBlock, type Lang } from "./code";

const nestingMax = 12;
export const safeLink = (href: string) => (/^(https?:\/\/|mailto:|\/(?!\/)|#)/i.test(href.trim()) ? href.trim() : null);

export function inline(text: string, depth = 0): ReactNode[] {
  if (depth > nestingMax) return [text];
  const out: ReactNode[] = [];
  const token = /(\\[\\`*_{}[\]()#+\-.!<>|~])|(`+)([^`](?:.*?[^`])?)\2(?!`)|(!?)\[((?:[^\]\\]|\\.)*)\]\(\s*([^\s)]+)(?:\s+"[^"]*")?\s*\)|(\*\*|__)(?=\S)(.+?\S|\S)\7|(\*|_)(?=\S)(.+?\S|\S)\9(?!\w)|(~~)(?=\S)(.+?\S|\S)~~|(https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])/g;
  let last = 0, n = 0;
  for (const m of text.matchAll(token)) {
    if (m[9] === "_" && m.index > 0 && /\w/.test(text[m.index - 1]!)) continue;
    if (m.index < last) continue;
    if (m.index > last) out.push(text.slice(last, m.index));
    last = m.index + m[0].length;
    const key = n++;
    if (m[1]) out.push(m[1].slice(1));
    else if (m[2]) out.push(<code key={key}>{m[3]}</code>);
    else if (m[6] !== undefined) {
      const href = safeLink(m[6]), label = m[5] ?? "";
      out.push(href ? <a key={key} href={href} {...(href.startsWith("http") ? { target: "_blank", rel: "noreferrer noopener" } : {})}>{m[4] ? label || "picture" : inline(label, depth + 1)}</a> : <Fragment key={key}>{m[0]}</Fragment>);
    } else if (m[7]) out.push(<strong key={key}>{inline(m[8]!, depth + 1)}</strong>);
    else if (m[9]) out.push(<em key={key}>{inline(m[10]!, depth + 1)}</em>);
    else if (m[11]) out.push(<del key={key}>{inline(m[12]!, depth + 1)}</del>);
    else if (m[13]) out.push(<a key={key} href={m[13]} target="_blank" rel="noreferrer noopener">{m[13]}</a>);
  }
  if (last < text.length) out.push(text.slice(last));
  return out;
}

const langs: { [k: string]: Lang } = { sql: "sql", json: "json", python: "python", py: "python", js: "js", javascript: "js", ts: "js", typescript: "js", java: "java", sh: "shell", bash: "shell", shell: "shell", console: "shell" };
const item = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const cells = (row: string) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((c) => c.trim().replace(/\\\|/g, "|"));

// `shift` lowers headings, so that a document fits under the page's own.
export function blocks(text: string, shift: number, depth = 0): ReactNode[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n"), out: ReactNode[] = [];
  let i = 0;
  const at = () => lines[i] ?? "";
  while (i < lines.length) {
    const line = at(), key = out.length;
    if (!line.trim()) { i++; continue; }
    const fence = /^\s{0,3}(`{3,}|~{3,})\s*([\w+-]*)/.exec(line);
    if (fence) {
      const body: string[] = [];
      i++;
      while (i < lines.length && !at().trim().startsWith(fence[1]!)) body.push(lines[i++]!);
      i++;
      out.push(<CodeBlock key={key} text={body.join("\n")} lang={langs[(fence[2] ?? "").toLowerCase()] ?? "text"} />);
      continue;
    }
    const head = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (head) { const H = `h${Math.min(6, head[1]!.length + shift)}` as "h3"; out.push(<H key={key}>{inline(head[2]!)}</H>); i++; continue; }
    if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) { out.push(<hr key={key} />); i++; continue; }
    if (/^\s{0,3}>/.test(line) && depth < nestingMax) {
      const body: string[] = [];
      while (i < lines.length && /^\s{0,3}>/.test(at())) body.push(lines[i++]!.replace(/^\s{0,3}>\s?/, ""));
      out.push(<blockquote key={key}>{blocks(body.join("\n"), shift, depth + 1)}</blockquote>);
      continue;
    }
    if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1] ?? "")) {
      const titles = cells(line), align = cells(lines[i + 1]!).map((c) => c.endsWith(":") && !c.startsWith(":"));
      i += 2;
      const rows: string[][] = [];
      while (i < lines.length && at().includes("|") && at().trim()) rows.push(cells(lines[i++]!));
      out.push(<div key={key} className="scrollx"><table><thead><tr>{titles.map((t, c) => <th key={c} scope="col" className={align[c] ? "num" : undefined}>{inline(t)}</th>)}</tr></thead><tbody>{rows.map((r, k) => <tr key={k}>{titles.map((_, c) => <td key={c} className={align[c] ? "num" : undefined}>{inline(r[c] ?? "")}</td>)}</tr>)}</tbody></table></div>);
      continue;
    }
    const li = item.exec(line);
    if (li && depth < nestingMax) {
      const ordered = /\d/.test(li[2]!), indent = li[1]!.length, items: string[][] = [];
      while (i < lines.length) {
        const m = item.exec(at());
        if (m && m[1]!.length <= indent + 1 && /\d/.test(m[2]!) === ordered) { items.push([m[3]!]); i++; }
        else if (items.length && (/^\s{2,}\S/.test(at()) || (!at().trim() && /^\s{2,}\S/.test(lines[i + 1] ?? "")))) { items[items.length - 1]!.push(at().replace(new RegExp(`^\\s{0,${indent + 4}}`), "")); i++; }
        else if (items.length && at().trim() && !m && !/^\s{0,3}(#{1,6}\s|>|```|~~~)/.test(at())) { items[items.length - 1]!.push(at()); i++; }
        else break;
      }
      const L = ordered ? "ol" : "ul";
      out.push(<L key={key}>{items.map((t, k) => <li key={k}>{t.length === 1 ? inline(t[0]!) : blocks(t.join("\n"), shift, depth + 1)}</li>)}</L>);
      continue;
    }
    const body: string[] = [line.trim()];
    i++;
    while (i < lines.length && at().trim() && !/^\s{0,3}(#{1,6}\s|>|`{3,}|~{3,})/.test(at()) && !item.test(at())) body.push(lines[i++]!.trimEnd());
    out.push(<p key={key}>{inline(body.map((b) => b.replace(/^\s+/, "")).join(" "))}</p>);
  }
  return out;
}
export const Markdown = ({ text, shift = 2 }: { text: string; shift?: number }) => <div className="prose">{blocks(text.slice(0, 400_000), shift)}</div>;

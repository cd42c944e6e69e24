// A domain: its mark in its thread's colour, its name in ink.
import { DomainMark, Name, threadClass } from "../ui";
import { useDomains } from "../api";

export function useThread(domain: string | null | undefined): number | null {
  const domains = useDomains();
  return domains.find((d) => d.name === domain)?.thread ?? null;
}
export const useThreads = () => { const map = new Map(useDomains().map((d) => [d.name, d.thread])); return (domain: string | null | undefined) => (domain ? map.get(domain) ?? null : null); };
export const Mark = ({ domain, large }: { domain: string | null | undefined; large?: boolean }) => <DomainMark thread={useThread(domain)} large={large} />;
export const DomainName = ({ domain, children }: { domain: string | null | undefined; children?: React.ReactNode }) => <span className="dom"><Mark domain={domain} />{children ?? (domain ? <Name most={32}>{domain}</Name> : <span className="muted">no domain</span>)}</span>;
export const Avatar = ({ name, domain, large }: { name: string; domain: string | null | undefined; large?: boolean }) => {
  const thread = useThread(domain);
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  const short = words.length > 1 ? words.slice(0, 2).map((w) => [...w][0]).join("") : [...(words[0] ?? "?")].slice(0, 2).join("");
  return <i className={`av${large ? " l" : ""} ${threadClass(thread)}`} aria-hidden="true" data-short={short.toUpperCase()} />;
};

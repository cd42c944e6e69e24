// One result: name with what matched, facts, whether it keeps its promises, and why it is here.
import { Link } from "react-router-dom";
import { Search } from "lucide-react";
import { kindOf, placeOf, restOf, useTopicRate, useTopicRates, wordOf } from "../../api";
import type { SearchResult } from "../../api/schema";
import { Mark, type Standing } from "../../parts";
import { Chip, Name, Segments, Spark, Status, rate } from "../../ui";

export function Hit({ result: r, selected, standing, onSelect, onOpen }: { result: SearchResult; selected: boolean; standing: Standing | undefined; onSelect: () => void; onOpen: () => void }) {
  const kind = kindOf(r.type), topic = kind === "product" || kind === "topic" ? r.name : null;
  const now = useTopicRate(topic), rates = useTopicRates(topic);
  const nameHit = r.matches.find((m) => m.field === "name"), textHit = r.matches.find((m) => m.field === "description");
  const mono = kind === "field" || kind === "query" || kind === "schema";
  const field = kind === "field" ? restOf(r).split(":").slice(1).join(":") : "";
  return (
    <div className={`hit${selected ? " sel" : ""}`} role="listitem" aria-current={selected ? "true" : undefined} onClick={(e) => { if (!(e.target as HTMLElement).closest("a")) onSelect(); }} onDoubleClick={onOpen}>
      <div className="t1">{kind === "product" || kind === "domain" ? <Mark domain={r.domain || r.name} /> : null}
        <Link className={`nm${mono ? " mono" : ""}`} to={placeOf(r)} title={r.name}>{nameHit && r.name.length < 70 ? <Segments parts={nameHit.segments} /> : <Name most={60}>{r.name}</Name>}</Link>
        <Chip kind="line">{kind === "topic" && !r.owner ? "Topic, no product" : wordOf(r.type)}</Chip>{r.state && r.state !== "published" && <Chip>{r.state.charAt(0).toUpperCase() + r.state.slice(1).toLowerCase()}</Chip>}{kind === "product" && r.quality && <Chip>{r.quality.replace(/^./, (c) => c.toUpperCase())}</Chip>}{r.sla && <Chip>{r.sla.replace("tier-", "Tier ")}</Chip>}
        <span className="rr"><span>{rates.length > 1 && <Spark values={rates} bad={standing?.state === "broken"} />}</span><span>{now === null ? "" : `${rate(now)}/s`}</span>{kind === "product" ? standing ? <Status state={standing.state}>{standing.text}</Status> : <Status state="unknown" /> : <span className="sub">{r.format && kind !== "domain" ? (r.format === "AVRO" ? "Avro" : r.format) : ""}</span>}</span>
      </div>
      {(r.description || textHit) && <p className="ds">{textHit ? <Segments parts={textHit.segments} most={260} /> : <bdi>{r.description.length > 220 ? `${r.description.slice(0, 220)}…` : r.description}</bdi>}</p>}
      {kind === "field" && <p className="ds">in <code>{field.split(".").slice(0, -1).join(".") || field}</code></p>}
      <p className="why2">{r.matches.length > 0 && <Search className="i xs" />}{r.matches.slice(0, 3).map((m, i) => <span key={i}>{why(m)}</span>)}{(kind === "domain" ? [r.owner] : [r.domain, r.owner]).some(Boolean) && <span>{(kind === "domain" ? [r.owner] : [r.domain, r.owner]).filter(Boolean).join(", ")}</span>}{kind === "topic" && !r.owner && <span>Only a topic: nobody promises anything about it.</span>}</p>
    </div>
  );
}
const fieldWords: { [f: string]: string } = { name: "name", description: "description", documentation: "documentation", owner: "owner", domain: "domain", tags: "tag", tag: "tag", fields: "field", field: "field", statement: "statement" };
function why(m: SearchResult["matches"][number]) {
  const word = fieldWords[m.field] ?? m.field, hit = m.segments.filter((s) => s.hit).map((s) => s.text).join(" ").slice(0, 60);
  if (m.how === "typo") return <>{word}, close to <code>{m.asked}</code></>;
  if (m.field === "name") return <>{m.how === "exact" ? <>name is <code>{hit}</code></> : m.how === "prefix" ? <>name begins with <code>{hit}</code></> : <>name contains <code>{hit}</code></>}</>;
  if (m.field === "description") return <>in its description</>;
  const i = m.segments.findIndex((s) => s.hit), around = [m.segments[i - 1]?.text.slice(-24) ?? "", null, m.segments[i + 1]?.text.slice(0, 24) ?? ""];
  return <>{word}: <bdi>{around[0]}<mark>{m.segments[i]?.text.slice(0, 60)}</mark>{around[2]}</bdi></>;
}

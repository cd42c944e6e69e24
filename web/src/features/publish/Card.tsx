// The product as others will see it: only what is filled in or measured.
import { useQuery } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { ask, question, type Profile } from "../../api";
import type { Record as Rec } from "../../api/schema";
import { DomainName, wordOfQuality, wordOfTier } from "../../parts";
import { Chip, CodeBlock, Name, middle, percent, plural, rate, seconds, listing } from "../../ui";
import type { Derived, Draft } from "./draft";

const newest = (topic: string) => question<Rec | null>(["records", topic, "card"], (signal) => ask("readRecords", { topic, from: "-1", limit: 1 }, undefined, { signal, quiet: true }).then((a) => a.records[0] ?? null), { staleTime: 15_000 });
export function Card({ draft, topic, derived, fields, profile, draftInNode }: { draft: Draft; topic: string; derived: Derived; fields: string[]; profile: Profile | null; draftInNode: boolean }) {
  const sample = useQuery(newest(topic)).data;
  const owners = [...new Set(derived.sources.filter((s) => s.owner !== draft.owner).map((s) => s.owner))];
  const cells: [string, string][] = profile ? [["Last record", profile.age_s === null ? "" : `${seconds(profile.age_s)} ago`], ["Volume", profile.records_per_second === null ? "" : `${rate(profile.records_per_second)}/s`], ["Valid", profile.records > 0 ? percent((profile.records - profile.undecodable) / profile.records) : ""]] : [];
  const value = sample?.value_problem ? null : sample?.value;
  const text = value && typeof value === "object" ? `{ ${Object.entries(value as object).slice(0, 8).map(([k, v]) => `"${middle(k, 30)}": ${middle(JSON.stringify(v) ?? "null", 40)}`).join(",\n  ")}${Object.keys(value as object).length > 8 ? ",\n  …" : ""} }` : typeof value === "string" ? value.slice(0, 400) : null;
  return (
    <aside className="pubcard" aria-label="As others will see it">
      <div className="row"><h2>As others will see it</h2><span className="right"><Chip kind="line">{draftInNode ? "Draft" : "Not saved"}</Chip></span></div>
      <div className="panel">
        <div className="cardhead"><DomainName domain={draft.domain || null} /><h3><Name most={44}>{draft.name || "No name yet"}</Name></h3>
          {draft.description ? <p className="carddesc"><bdi>{draft.description}</bdi></p> : <p className="cardmiss"><CircleAlert className="i s" />Here stands your description.</p>}
          <div className="row wrap g1"><Chip>{draft.version}</Chip><Chip>{wordOfQuality(draft.quality)}</Chip><Chip>{wordOfTier(draft.sla)}</Chip>{draft.tags.map((t) => <Chip key={t} kind="line"><Name most={24}>{t === "pii" ? "PII" : t}</Name></Chip>)}</div></div>
        {cells.length > 0 && <div className="cardnums">{cells.map(([name, v]) => <div key={name}><span className="sub">{name}</span>{v ? <b>{v}</b> : <span className="dim">not measured</span>}</div>)}</div>}
        <dl className="kv"><dt>Owner</dt><dd>{draft.owner || <span className="badtx">missing</span>}</dd>{derived.sources.length > 0 && <><dt>Made from</dt><dd className="row wrap">{derived.sources.map((s) => <DomainName key={s.name} domain={s.domain}><Name most={30}>{s.name}</Name></DomainName>)}</dd></>}{owners.length > 0 && <><dt>Their owners</dt><dd>{owners.join(" and ")}</dd></>}<dt>Fields</dt><dd>{fields.length ? <>{plural(fields.length, "field")}: <bdi>{listing(fields, 5)}</bdi></> : <span className="muted">no schema</span>}</dd></dl>
        {text && <CodeBlock text={text} lang="json" copy={false} label="Newest record" className="cardsample" />}
        {sample === null && <p className="sub pad">No record yet.</p>}
      </div>
    </aside>
  );
}

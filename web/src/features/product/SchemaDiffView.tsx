// Two versions of a schema held against each other: what was added, removed, changed, and whom it breaks.
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { schemaDiff } from "../../api";
import type { SchemaVersions } from "../../api/contract";
import { Show } from "../../parts";
import { Chip, Status } from "../../ui";

export function SchemaDiffView({ versions }: { versions: SchemaVersions }) {
  const all = versions.versions.map((v) => v.version).sort((a, b) => a - b);
  const [from, setFrom] = useState(all[all.length - 2] ?? 1);
  const [to, setTo] = useState(all[all.length - 1] ?? 1);
  const diff = useQuery(schemaDiff(versions.subject, from, to));
  const pick = (value: number, set: (n: number) => void, label: string) => <select className="in pick" aria-label={label} value={value} onChange={(e) => set(Number(e.target.value))}>{all.map((v) => <option key={v} value={v}>version {v}</option>)}</select>;
  return (
    <div className="pad">
      <div className="row wrap">{pick(from, setFrom, "From version")}<span className="muted">to</span>{pick(to, setTo, "To version")}<span className="right sub">compatibility {versions.compatibility}</span></div>
      <Show of={diff}>{(d) => (
        <>
          {d.differences.length === 0 ? <p className="pad2">These versions are the same.</p> : <div className="diff pad2">{d.differences.map((x, i) => <div key={i} className={x.kind === "added" ? "add" : x.kind === "removed" ? "del" : "chg"}><span aria-hidden="true">{x.kind === "added" ? "+ " : x.kind === "removed" ? "- " : "~ "}</span><b>{x.path}</b> {x.text} {x.breaks !== "nobody" && <Status state="broken">breaks {x.breaks}</Status>}</div>)}</div>}
          <div className="row wrap">{Object.entries(d.compatible).map(([level, ok]) => <Chip key={level} kind="line">{ok ? "✓" : "✗"} {level}</Chip>)}</div>
        </>
      )}</Show>
    </div>
  );
}

// Who is affected by a change: consumers and queries by name, in a table. For confirming dialogs and for refusals that name them.
import type { Impact } from "../api/schema";
import { DomainName } from "./domain";
import { Name, Status, plural } from "../ui";

export const impactCount = (i: Impact | null | undefined) => (i ? i.consumers.length + i.readers.length : 0);
export function ImpactTable({ impact }: { impact: Impact }) {
  if (impactCount(impact) === 0) return <p className="muted">Nobody is registered as a consumer, and no query reads it.</p>;
  return (
    <>
      <p className="muted">{[impact.consumers.length > 0 && plural(impact.consumers.length, "consumer"), impact.readers.length > 0 && plural(impact.readers.length, "query", "queries")].filter(Boolean).join(" and ")} {impactCount(impact) === 1 ? "is" : "are"} affected.</p>
      <div className="scrollx impact">
        <table aria-label="Affected">
          <thead><tr><th scope="col">Name</th><th scope="col">Domain</th><th scope="col">How</th></tr></thead>
          <tbody>
            {impact.consumers.map((c) => <tr key={`c${c.name}`}><td className="tname"><Name most={36}>{c.name}</Name></td><td><DomainName domain={c.domain} /></td><td className="muted">{c.purpose || `registered by ${c.registered_by}`}</td></tr>)}
            {impact.readers.map((r) => <tr key={`r${r.kind}${r.name}`}><td className="tname"><Name most={36} mono>{r.name}</Name></td><td><Status state="running">{r.kind}</Status></td><td className="muted">reads {r.topic}{r.detail ? `, ${r.detail}` : ""}</td></tr>)}
          </tbody>
        </table>
      </div>
    </>
  );
}

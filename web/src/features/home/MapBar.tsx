import { List, Workflow } from "lucide-react";
import { useThreads } from "../../parts";
import { BraidSample } from "../../parts/graph";
import { Seg } from "../../ui";
import { useDomains } from "../../api";

export function MapBar({ view, onView, mark, onMark, big, lineage }: { view: "map" | "list"; onView: (v: "map" | "list") => void; mark: "promises" | "freshness"; onMark: (m: "promises" | "freshness") => void; big: boolean; lineage: { offered: boolean; error: unknown } }) {
  const threadOf = useThreads(), domains = useDomains();
  return (
    <div className="mapbar">
      <Seg label="Show as" value={view} onChange={onView} options={[{ value: "map", label: "Map", icon: <Workflow className="i s" /> }, { value: "list", label: "List", icon: <List className="i s" /> }]} />
      {view === "map" && !big && <Seg label="Mark products by" value={mark} onChange={onMark} options={[{ value: "promises", label: "Promises" }, { value: "freshness", label: "Freshness" }]} />}
      <span className="right sub legendline">{!lineage.offered ? "This node does not observe lineage: products only." : big ? <><i className="sq q-authoritative" /> authoritative <i className="sq q-curated" /> curated <i className="sq q-raw" /> raw <i className="sq q-draft" /> draft<span className="wide2"> each strand doubles the rate</span></> : view === "map" ? <><BraidSample a={threadOf(domains[0]?.name)} b={threadOf(domains[2]?.name ?? domains[1]?.name)} /> braided = joined by a query<svg width="10" height="10" aria-hidden="true" className="legend"><circle className="bead" cx="5" cy="5" r="3.2" /></svg> one record</> : null}</span>
    </div>
  );
}

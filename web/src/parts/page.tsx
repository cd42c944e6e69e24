// What every page begins with: its title in the tab, one h1, one sentence of facts.
import { useEffect, type ReactNode } from "react";
import { useConnection } from "../api";
export function useTitle(title: string) {
  useEffect(() => { document.title = `${title} · Braid`; }, [title]);
}
export function PageHead({ title, facts, actions, crumb }: { title: ReactNode; facts?: ReactNode; actions?: ReactNode; crumb?: ReactNode }) {
  return <>{crumb && <nav className="crumb" aria-label="Where you are">{crumb}</nav>}<div className="lead"><h1>{title}</h1>{facts && <p>{facts}</p>}{actions && <div className="right row">{actions}</div>}</div></>;
}
// The reason an action cannot be taken while the node is away; empty when it is there.
export function useAwayReason(): string { return useConnection().state === "away" ? "The node does not answer." : ""; }

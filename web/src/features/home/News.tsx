// What is new in the mesh: the audit's latest entries about products and consumers.
import { Link } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { ask, peopleList, question } from "../../api";
import { Mark, Show, happened } from "../../parts";
import { Empty, Name, moment, shortTime } from "../../ui";

export const news = () => question(["audit", "news"], () => ask("listAudit", { limit: 40, outcome: "done" }), { staleTime: 10_000 });
export function News() {
  const entries = useQuery(news()), people = useQuery(peopleList()).data ?? [];
  return (
    <section className="panel flush" aria-labelledby="news-h">
      <header><h2 id="news-h">New in the mesh</h2><div className="right"><Link to="/audit" className="small">All changes</Link></div></header>
      <Show of={entries}>{(a) => {
        // the newest of each product: a draft that is typed in five times is one piece of news
        const about = (e: (typeof a.entries)[number]) => (e.kind === "consumer" ? `${e.subject} ${e.what}` : e.subject), seen = new Set<string>();
        const shown = a.entries.filter((e) => (e.kind === "product" || e.kind === "consumer") && !seen.has(about(e)) && seen.add(about(e))).slice(0, 5);
        if (shown.length === 0) return <Empty>Nothing has happened to a product yet.</Empty>;
        return <ul className="list new">{shown.map((e) => {
          const product = e.kind === "consumer" ? String((e.after as { product?: string } | null)?.product ?? (e.before as { product?: string } | null)?.product ?? e.subject.split("/")[0]) : e.subject;
          return <li key={e.id}><div className="row"><Mark domain={e.domain} /><Link className="tname" to={`/products/${encodeURIComponent(product)}`}><Name most={30}>{product}</Name></Link></div><time dateTime={e.at} title={moment(e.at)}>{shortTime(e.at)}</time><p>{happened(e)}{e.who && e.who !== "anonymous" ? ` by ${people.find((p) => p.name === e.who)?.full_name || e.who}` : ""}</p></li>;
        })}</ul>;
      }}</Show>
    </section>
  );
}

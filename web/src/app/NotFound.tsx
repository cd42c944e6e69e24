// Nothing is at this address: say so, and offer what is close.
import { useLocation } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { ask, question } from "../api";
import { LinkButton, Empty, Name } from "../ui";
import { DomainName, PageHead, useTitle } from "../parts";
import { Link } from "react-router-dom";

export function NotFound() {
  useTitle("Not found");
  const { pathname } = useLocation();
  const words = decodeURIComponent(pathname.split("/").filter(Boolean).pop() ?? "").replace(/[-_./]+/g, " ");
  const near = useQuery(question(["search", "near", words], () => ask("search", { q: words, type: ["data_product"], limit: 5 }))).data?.results ?? [];
  return (
    <>
      <PageHead title="Nothing is here" facts={<>No page has the address <code><Name most={80}>{decodeURIComponent(pathname)}</Name></code>.</>} />
      <div className="panel narrowpanel">
        {near.length > 0 && <><header><h2>Close to it</h2></header><ul className="list">{near.map((r) => <li key={r.qualified_name}><span className="row"><Link to={`/products/${encodeURIComponent(r.name)}`} className="b"><Name>{r.name}</Name></Link> <DomainName domain={r.domain} /></span><p className="sub">{r.description}</p></li>)}</ul></>}
        <Empty action={<span className="row"><LinkButton to="/" kind="pri">The mesh</LinkButton><LinkButton to="/explore">Explore</LinkButton></span>}>Ctrl K finds products, topics and everything one can do.</Empty>
      </div>
    </>
  );
}

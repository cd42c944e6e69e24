// The mesh: who shares what with whom, that it is alive, what is broken, what waits for me.
import { useMemo } from "react";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router-dom";
import { PackagePlus, SquareTerminal } from "lucide-react";
import { domainList, lineageOf, productList, queryList, useLive, useSameAs, useWho, warm, whoAmI } from "../../api";
import { ErrorOf, Show, useOptional, useStandings, useTitle } from "../../parts";
import { linksTable, topicOf } from "../../parts/graph";
import { Behind, LinkButton, count, listing, plural, useNarrow } from "../../ui";
import { Attention } from "./Attention";
import { BigMap } from "./BigMap";
import { FirstSteps } from "./FirstSteps";
import { MeshList } from "./MeshList";
import { MeshMap } from "./MeshMap";
import { News } from "./News";
import { ProductTable } from "./ProductTable";
import { Pulse } from "./Pulse";
import { meshOf } from "./mesh";
import { MapBar } from "./MapBar";

const bigFrom = 60;   // nodes; above, the map opens at the level of domains

export const loader = () => warm(productList(), domainList(), lineageOf(null, "all", null), whoAmI());

export function Component() {
  useTitle("Mesh");
  useSameAs({ command: "braid products list", http: { method: "GET", path: "/api/v1/products" } });
  const products = useQuery(productList());
  return <Show of={products} what="Reading the mesh.">{(p) => <Home products={p.products.filter((x) => x.state !== "retired")} error={products.error} />}</Show>;
}

function Home({ products, error }: { products: import("../../api/schema").ProductSummary[]; error: Error | null }) {
  const [params, setParams] = useSearchParams();
  const who = useWho();
  const lineage = useOptional(lineageOf(null, "all", null));
  const queries = useOptional(queryList());
  const mesh = useMemo(() => meshOf(products, lineage.data), [products, lineage.data]);
  const asked = params.get("domain"), chosen = asked !== null && mesh.nodes.some((n) => n.domain === asked) ? asked : null;   // an old link may name what is gone
  const big = mesh.nodes.length > bigFrom;
  const names = useMemo(() => products.filter((p) => p.state !== "draft").map((p) => p.name), [products]);
  const standings = useStandings(names);
  const { tick } = useLive();
  const narrow = useNarrow();
  const view = narrow || params.get("view") === "list" ? "list" : "map", mark = params.get("mark") === "freshness" ? "freshness" : "promises";
  const set = (key: string, value: string | null, push = false) => setParams((old) => { const next = new URLSearchParams(old); if (value === null) next.delete(key); else next.set(key, value); return next; }, { replace: !push });

  const published = products.filter((p) => p.state !== "draft"), sharing = new Set(published.map((p) => p.domain));
  const broken = [...standings.of].filter(([, s]) => s.state === "broken");
  const between = tick ? Object.values(tick.topics).reduce((n, t) => n + (t.records_per_second ?? 0), 0) : null;
  const facts = published.length === 0 ? null : (
    <p><b>{plural(sharing.size, "domain")}</b> {sharing.size === 1 ? "shares" : "share"} <b>{plural(published.length, "product")}</b>{big && between ? <>, {count(between)} records/s</> : null}.{" "}
      {standings.checked === 0 ? null : broken.length === 0 ? <>No promise is broken{standings.checked < published.length ? ` among the ${standings.checked} that are looked at here` : ""}.</> : <>Promises are kept except <b>{listing(broken.map(([n, s]) => `${s.broken.length} of ${n}`), 3)}</b>.</>}
    </p>
  );
  return (
    <>
      <div className="lead"><h1>The mesh</h1>{facts}<div className="right row"><LinkButton to="/create" icon={<SquareTerminal className="i s" />}>New query</LinkButton><LinkButton to="/publish" kind="pri" icon={<PackagePlus className="i s" />}>Publish a product</LinkButton></div></div>
      {error && <ErrorOf error={error} />}
      {mesh.nodes.length === 0 ? <FirstSteps /> : (
        <div className="home">
          <div className="homemain">
            <div className={`map${view === "list" ? " aslist" : ""}`}>
              <MapBar view={view} onView={(v) => set("view", v === "map" ? null : v, true)} mark={mark} onMark={(m) => set("mark", m === "promises" ? null : m)} big={big} lineage={lineage} />
              {view === "list" ? <MeshList mesh={mesh} standings={standings.of} /> : <Behind label="Threads of the mesh" table={() => linksTable(mesh.graph, (id) => { const n = mesh.graph.nodes.get(id), t = n ? topicOf(n) : null; return t ? tick?.topics[t]?.records_per_second ?? null : null; })}>{big ? <BigMap mesh={mesh} products={products} standings={standings.of} domain={chosen} onDomain={(d) => set("domain", d, true)} /> : <MeshMap mesh={mesh} standings={standings.of} mark={mark} domain={chosen} mine={who?.domains ?? []} />}</Behind>}
            </div>
            <Pulse products={products} />
          </div>
          <aside className="side" aria-label="Beside the map">
            <Attention products={products} standings={standings.of} queries={queries.data ?? []} mesh={mesh} who={who} />
            <News />
          </aside>
        </div>
      )}
      {published.length > 0 && <ProductTable products={products} standings={standings.of} mesh={mesh} />}
    </>
  );
}

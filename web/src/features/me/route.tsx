// You: whom you act as and what that lets you do, your domains' things, theme, keys.
import { Link } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { domainList, peopleList, productList, setSession, useSameAs, useSession, useWho, whoAmI, warm } from "../../api";
import { Avatar, DomainName, Mark, PageHead, useLogin, useTitle } from "../../parts";
import { Button, Chip, Empty, KeyValue, LinkButton, Name, Seg, plural } from "../../ui";

export const loader = () => warm(whoAmI(), peopleList(), domainList(), productList());
export function Component() {
  useTitle("You");
  useSameAs({ command: "braid whoami", http: { method: "GET", path: "/api/v1/whoami" } });
  const session = useSession(), who = useWho();
  const person = useQuery(peopleList()).data?.find((p) => p.name === (session.as ?? who?.person)), products = useQuery(productList()).data?.products ?? [];
  const mine = products.filter((p) => who?.domains.includes(p.domain));
  const login = useLogin(), self = session.as ?? who?.person ?? null;   // who acts: chosen, or logged in as a person
  const name = who?.full_name || self || login.user || "Nobody";
  return (
    <>
      <PageHead title={self || login.user ? <Name>{name}</Name> : login.required ? "You are logged in" : "You act as nobody"} facts={self ? <>You may change what belongs to {who?.domains.length ? <b>{who.domains.join(", ")}</b> : "no domain: you are in no team"}{who?.platform ? "; as the platform, you make domains, teams and people" : ""}.</> : login.required ? "You are no person of this mesh: you may read what ACLs allow and change nothing in it." : "You may read everything and change nothing. Choose a person at the top right."} />
      <div className="mecols">
        <section className="panel"><header><h2>{login.required && !session.as ? "Logged in" : "Acting as"}</h2></header><div className="pad">{self ? <div className="stackl"><div className="row"><Avatar name={name} domain={who?.domains[0]} large /><div><b className="b">{name}</b><div className="sub">{person?.email || self}</div></div></div><KeyValue rows={[["Teams", who?.teams.length ? who.teams.join(", ") : "none"], ["Domains", who?.domains.length ? <span key="d" className="row wrap">{who.domains.map((d) => <DomainName key={d} domain={d} />)}</span> : "none"], ["Platform", who?.platform ? "yes" : "no"]]} /><div className="row">{session.as && <Button small onClick={() => setSession({ as: null })}>{login.required ? "Be yourself" : "Act as nobody"}</Button>}{login.required && <LinkButton small to="/operations/access">{login.may ? "Users and ACLs" : "My password"}</LinkButton>}</div></div> : <p className="muted">{(login.required ? "Who logs in as a person of the mesh acts as that person. A super user may choose one at the top right." : who?.note) || "On a loopback address the caller says whom it acts as."}</p>}</div></section>
        <section className="panel"><header><h2>Theme</h2></header><div className="pad"><Seg label="Theme" value={session.theme} onChange={(theme) => setSession({ theme })} options={[{ value: "system", label: "As the system" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]} /><p className="sub pad2">Kept in this browser.</p></div></section>
        <section className="panel"><header><h2>Keys</h2></header><div className="pad"><label className="row"><input type="checkbox" checked={session.keys} onChange={(e) => setSession({ keys: e.target.checked })} /> Single letters do things (press <kbd>?</kbd> for the table)</label><p className="sub pad2">Turn them off when you speak to your computer. Ctrl K works either way.</p></div></section>
        <section className="panel flush"><header><h2>Your domain's products</h2><span className="sub">{mine.length || ""}</span><div className="right"><Link className="small" to="/manage">Manage</Link></div></header>{mine.length === 0 ? <Empty>{self ? "Your domain shares nothing yet." : "Nobody's domain."}</Empty> : <ul className="list">{mine.slice(0, 12).map((p) => <li key={p.name} className="row"><Mark domain={p.domain} /><Link className="tname" to={`/products/${encodeURIComponent(p.name)}`}><Name>{p.name}</Name></Link><Chip kind={p.state === "draft" ? "line" : undefined}>{p.state}</Chip><span className="right sub">{plural(p.consumers, "consumer")}</span></li>)}</ul>}</section>
      </div>
    </>
  );
}

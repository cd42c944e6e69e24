// Acting as: on loopback the visitor picks a person. Changing person reloads decisions, not the page.
import { useState } from "react";
import { Link } from "react-router-dom";
import { useQuery } from "@tanstack/react-query";
import { Check, ChevronDown } from "lucide-react";
import { peopleList, setSession, useSession, useWho } from "../api";
import { Avatar, Mark, useLogin } from "../parts";
import { Popover, Name } from "../ui";
import { places } from "./places";

export function ActingAs() {
  const [open, setOpen] = useState(false);
  const [words, setWords] = useState("");
  const session = useSession();
  const who = useWho();
  const people = useQuery(peopleList()).data ?? [];
  const me = people.find((p) => p.name === session.as);
  const domain = who?.domains[0] ?? me?.domains[0] ?? null;
  const name = session.as ? who?.full_name || me?.full_name || session.as : who?.full_name || who?.person || (who as unknown as { login?: string | null } | undefined)?.login || "Nobody";
  const login = useLogin();
  const fixed = login.required && !login.may;   // where a node asks, only who manages it acts as others
  const self = login.required ? login.user ?? (fixed ? who?.person ?? null : null) : null;
  const needle = words.toLowerCase();
  const found = people.filter((p) => !needle || `${p.name} ${p.full_name} ${p.domains.join(" ")} ${p.teams.join(" ")}`.toLowerCase().includes(needle));
  const choose = (as: string | null) => { setSession({ as }); setOpen(false); setWords(""); };
  const trigger = (
    <button type="button" className="who" title={session.as ? `Acting as ${name}${domain ? ` of ${domain}` : ""}. Change person` : login.required ? `Logged in${name === "Nobody" ? "" : ` as ${name}`}` : "Choose whom to act as"}>
      <b className="vh">{session.as || !login.required ? "Acting as " : "Logged in as "}</b><Avatar name={name === "Nobody" ? "?" : name} domain={domain} /><span>{name !== "Nobody" ? <><Name most={22}>{name}</Name>{domain && <>, <Mark domain={domain} /> {domain}</>}</> : login.required ? "Logged in" : "Act as …"}</span><ChevronDown className="i xs" />
    </button>
  );
  return (
    <Popover trigger={trigger} label="Acting as" open={open} onOpenChange={setOpen}>
      <div className="actas">
        <p className="sub">{fixed ? <>{self ? <>You are logged in as <b className="b">{self}</b>.</> : "You are logged in."} {who?.person ? "This node asks who you are, so whom you act as is fixed: only super users act as others. To be somebody else, log in as them in a private window." : "You are no person of this mesh, so you may read what ACLs allow and change nothing."}</> : login.required && !session.as ? <>{self ? <>You are logged in as <b className="b">{self}</b>.</> : "You are logged in and manage this node."} You may act as a person; the audit then has both names.</> : session.as ? "You act as this person. What they may not do is disabled and says why." : people.length === 0 ? "You act as nobody." : "You may read everything. Choose a person to change something."}</p>
        {!fixed && people.length > 8 && <input className="in" type="search" placeholder="Find a person" aria-label="Find a person" value={words} onChange={(e) => setWords(e.target.value)} />}
        {!fixed && <ul className="people">
          {found.slice(0, 100).map((p) => (
            <li key={p.name}><button type="button" onClick={() => choose(p.name)} aria-pressed={p.name === session.as}>
              <Avatar name={p.full_name || p.name} domain={p.domains[0]} /><span className="grow"><b className="b"><Name most={30}>{p.full_name || p.name}</Name></b><span className="sub blk">{p.platform ? "platform" : p.domains.join(", ") || "no team"}{p.service ? ", a service" : ""}</span></span>{p.name === session.as && <Check className="i s" />}
            </button></li>
          ))}
          {found.length === 0 && <li className="sub nobody">{people.length === 0 ? `This mesh has no people yet.${who?.unclaimed ? " Until somebody has platform rights, anybody may set it up." : ""}` : `Nobody is called “${words}”.`}</li>}
        </ul>}
        <div className="actfoot">{session.as && <button type="button" className="btn sm quiet" onClick={() => choose(null)}>{login.required ? "Be yourself" : "Act as nobody"}</button>}{login.required && <Link className="btn sm quiet" to="/operations/access" onClick={() => setOpen(false)}>{login.may ? "Users and ACLs" : "My password"}</Link>}<Link className="btn sm quiet" to="/me" onClick={() => setOpen(false)}>You, theme and keys</Link>
          {places.filter((p) => !p.narrow).map((p) => <Link key={p.to} className="btn sm quiet only-narrow" to={p.to} onClick={() => setOpen(false)}><p.icon className="i s" />{p.word}</Link>)}
        </div>
      </div>
    </Popover>
  );
}

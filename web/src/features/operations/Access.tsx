// Users who may log in, and ACLs: who may do what. For super users and those who manage the cluster; everybody may change their own password.
import { useMemo, useState } from "react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, RefreshCw, ShieldCheck, Trash2, UserPlus } from "lucide-react";
import { aclList, ask, asApiError, cache, notOffered, peopleList, sh, showSameAs, useSameAs, userList } from "../../api";
import type { Acl, User } from "../../api/schema";
import { Choices, DomainName, ErrorOf, PageHead, Show, useAwayReason, useLogin, useTitle } from "../../parts";
import { Button, Chip, Dialog, Empty, IconButton, KeyValue, Name, Note, Panel, Status, Table, count, listing, plural, type Column } from "../../ui";

const userOf = (a: Acl) => a.principal.replace(/^User:/, "");
const everybody = (u: string) => (u === "*" ? "everybody" : u);
const passwordMin = 8;   // what the node asks for
export function Access() {
  useTitle("Access");
  useSameAs({ command: "braid users list && braid acls list", http: { method: "GET", path: "/api/v1/acls" } });
  const login = useLogin(), users = useQuery(userList()), acls = useQuery({ ...aclList(), enabled: users.data !== undefined });
  const people = useQuery(peopleList()).data ?? [];
  const away = useAwayReason();
  const [doing, setDoing] = useState<{ what: "add" | "password" | "remove"; user: string } | { what: "allow"; user: string } | { what: "take"; acl: Acl } | null>(null);
  const close = () => setDoing(null);
  const refused = users.error && asApiError(users.error).status === 403, elsewhere = users.error && notOffered(users.error);
  const named = useMemo(() => { const n = new Map<string, number>(); for (const a of acls.data?.acls ?? []) n.set(userOf(a), (n.get(userOf(a)) ?? 0) + 1); return n; }, [acls.data]);
  const facts = elsewhere ? "The log of this node is a Kafka cluster: that cluster asks who somebody is."
    : refused ? <>This node asks who somebody is.{login.user ? <> You are logged in as <b>{login.user}</b>.</> : null}</>
    : !users.data ? undefined
    : users.data.authentication === "none" ? <>Nobody is asked who they are: <b>whoever reaches this node may do everything</b>.</>
    : <><b>{plural(users.data.total, "user")}</b> may log in{acls.data ? <>, <b>{plural(acls.data.total, "ACL")}</b> say what they may do</> : null}.</>;
  const userColumns: Column<User>[] = [
    { key: "name", title: "User", sort: (u) => u.name, cell: (u) => <b className="b"><Name most={36}>{u.name}</Name></b> },
    { key: "may", title: "May", sort: (u) => (u.super ? -1 : named.get(u.name) ?? 0), cell: (u) => (u.super ? <Status state="ok" title="A super user: no ACL is asked">everything</Status> : named.get(u.name) ? plural(named.get(u.name)!, "ACL") : <span className="dim">nothing of their own</span>) },
    { key: "person", title: "Person of the mesh", sort: (u) => people.find((p) => p.name === u.name)?.full_name ?? "", hideNarrow: true, cell: (u) => { const p = people.find((x) => x.name === u.name); return p ? <span className="row">{p.full_name || p.name}{p.domains[0] && <DomainName domain={p.domains[0]} />}</span> : <span className="dim">none: changes nothing in the mesh</span>; } },
    { key: "how", title: "Logs in by", hideNarrow: true, text: (u) => u.credentials.map((c) => c.mechanism).join(" "), cell: (u) => <span className="muted">{u.credentials.length ? `HTTP, PLAIN, ${listing(u.credentials.map((c) => c.mechanism), 3)}` : "nothing"}</span> },
    { key: "act", word: "", title: <span className="vh">Actions</span>, cell: (u) => <span className="row end"><IconButton label={`New password for ${u.name}`} onClick={() => setDoing({ what: "password", user: u.name })}><KeyRound className="i s" /></IconButton><IconButton label={`Allow something to ${u.name}`} onClick={() => setDoing({ what: "allow", user: u.name })}><ShieldCheck className="i s" /></IconButton><IconButton label={`Remove ${u.name}`} onClick={() => setDoing({ what: "remove", user: u.name })}><Trash2 className="i s" /></IconButton></span> },
  ];
  const aclColumns: Column<Acl>[] = [
    { key: "who", title: "Who", sort: (a) => userOf(a), cell: (a) => <b className="b"><Name most={30}>{everybody(userOf(a))}</Name></b> },
    { key: "may", title: "May", sort: (a) => `${a.permission} ${a.operation}`, cell: (a) => (a.permission === "deny" ? <Status state="refused">not {a.operation}</Status> : <Status state="ok">{a.operation}</Status>) },
    { key: "what", title: "What", sort: (a) => `${a.resource} ${a.name}`, text: (a) => `${a.resource} ${a.name}`, cell: (a) => <span className="row">{a.resource === "cluster" ? "the node itself" : a.name === "*" && a.pattern === "literal" ? `every ${a.resource.replace("-", " ")}` : <><span className="muted">{a.resource.replace("-", " ")}</span><Name most={36} mono>{a.name}</Name>{a.pattern === "prefixed" && <Chip kind="line">and all that begin so</Chip>}</>}</span> },
    { key: "from", title: "From", sort: (a) => a.host, hideNarrow: true, cell: (a) => (a.host === "*" ? <span className="dim">anywhere</span> : <code>{a.host}</code>) },
    { key: "act", word: "", title: <span className="vh">Actions</span>, cell: (a) => <span className="row end"><IconButton label={`Take back: ${everybody(userOf(a))}, ${a.operation}, ${a.resource} ${a.name}`} onClick={() => setDoing({ what: "take", acl: a })}><Trash2 className="i s" /></IconButton></span> },
  ];
  const key = (a: Acl) => `${a.principal}|${a.operation}|${a.resource}|${a.name}|${a.pattern}|${a.permission}|${a.host}`;
  const mayList = users.data !== undefined;
  return (
    <>
      <PageHead title="Access" facts={facts} actions={mayList && <><Button icon={<Plus className="i s" />} why={away} onClick={() => setDoing({ what: "allow", user: "" })}>Allow something</Button><Button kind="pri" icon={<UserPlus className="i s" />} why={away} onClick={() => setDoing({ what: "add", user: "" })}>Add a user</Button></>} />
      {users.data?.authentication === "none" && <div className="gapb"><Note><b className="b">Users and ACLs decide nothing yet.</b> Add them here, then start the node with <code>braid up --authentication required</code>: every Kafka client and every call then says who it is. The first such start makes a super user and puts its password into <code>first-login</code> in the data directory.</Note></div>}
      {refused ? (
        <div className="panel narrowpanel"><div className="pad padt"><Note><b className="b">{asApiError(users.error).message}.</b> {asApiError(users.error).hint.replace(/^./, (c) => c.toUpperCase())}.</Note><p className="pad2 muted">Your own password is yours to change.</p>{login.user ? <Button icon={<KeyRound className="i s" />} why={away} onClick={() => setDoing({ what: "password", user: login.user! })}>Change my password</Button> : <p className="sub">Or: <code>braid users password NAME</code></p>}</div></div>
      ) : elsewhere ? (
        <div className="panel narrowpanel"><div className="pad padt"><Note>{asApiError(users.error).message} {asApiError(users.error).hint}</Note></div></div>
      ) : (
        <div className="col g4">
          <Panel title="Users" id="users" sub="who may log in; passwords are kept as salted keys only" flush><Show of={users}>{(u) => <Table label="Users" rows={u.users} columns={userColumns} rowKey={(x) => x.name} initialSort={[{ key: "name", down: false }]} empty={<Empty>Nobody yet. A user is the person of the same name in the mesh.</Empty>} />}</Show></Panel>
          <Panel title="ACLs" id="acls" sub="what no ACL allows is denied; a denial wins" flush><Show of={acls}>{(a) => <Table label="ACLs" rows={a.acls} columns={aclColumns} rowKey={key} initialSort={[{ key: "who", down: false }, { key: "what", down: false }]} filterLabel="Filter ACLs" empty={<Empty>None. {users.data?.authentication === "required" ? "Only super users may do something now." : "With authentication, only super users could do something."}</Empty>} foot={a.total > 0 ? <span>Names are no secret: whoever is logged in finds topics, products and schemas. ACLs guard records.</span> : undefined} />}</Show></Panel>
        </div>
      )}
      {doing?.what === "add" && <Password onClose={close} known={users.data?.users.map((u) => u.name) ?? []} people={people.map((p) => p.name)} />}
      {doing?.what === "password" && <Password onClose={close} user={doing.user} known={[]} people={[]} own={doing.user === login.user} />}
      {doing?.what === "remove" && <RemoveUser user={doing.user} left={named.get(doing.user) ?? 0} onClose={close} />}
      {doing?.what === "allow" && <Allow user={doing.user} users={users.data?.users.map((u) => u.name) ?? []} enforced={acls.data?.enforced ?? false} onClose={close} />}
      {doing?.what === "take" && <TakeBack acl={doing.acl} onClose={close} />}
    </>
  );
}
const again = () => void cache.invalidateQueries({ queryKey: ["security"] });
const Command = ({ children }: { children: string }) => <p className="sub cmdline"><code>{children}</code></p>;

// A new user, or a new password. The password itself is in no command and in no log.
function Password({ user, known, people, own, onClose }: { user?: string; known: string[]; people: string[]; own?: boolean; onClose: () => void }) {
  const [name, setName] = useState(user ?? ""), [password, setPassword] = useState(""), [shown, setShown] = useState(false);
  const command = user ? `braid users password ${sh(user)}` : `braid users add ${sh(name.trim() || "NAME")}`;
  const path = `/api/v1/users/${encodeURIComponent(name.trim())}`;
  const set = useMutation({
    mutationFn: () => { showSameAs({ command, http: { method: "PUT", path, body: { password: "$PASSWORD" } } }); return ask("putUser", { user: name.trim() }, { password }); },
    onSuccess: () => { again(); onClose(); },
  });
  const long = new TextEncoder().encode(password).length;
  const why = !name.trim() ? "A user has a name." : known.includes(name.trim()) ? `${name.trim()} is there already: give a new password in the table.` : long < passwordMin ? `A password has at least ${passwordMin} characters.` : "";
  const makeUp = () => { setPassword([...crypto.getRandomValues(new Uint8Array(20))].map((b) => "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"[b % 57]).join("")); setShown(true); };
  const free = people.filter((p) => !known.includes(p));
  return (
    <Dialog open onClose={onClose} title={user ? own ? "Change my password" : <>New password for <Name most={36}>{user}</Name></> : "Add a user"} footer={<><Button onClick={onClose}>{user ? "Keep the old one" : "Cancel"}</Button><Button kind="pri" why={why} busy={set.isPending} onClick={() => set.mutate()}>{user ? "Set the password" : "Add the user"}</Button></>}>
      <p className="muted">{user ? "The old password is no longer taken. Open Kafka connections go on until they end." : "By HTTP, in this portal, and with Kafka clients (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512): one user, one password."}</p>
      {!user && <div className="field"><label htmlFor="user-name">Name</label><input id="user-name" className="in" list="user-people" value={name} maxLength={200} autoComplete="off" onChange={(e) => setName(e.target.value)} /><datalist id="user-people">{free.map((p) => <option key={p} value={p} />)}</datalist><span className="hint">{people.includes(name.trim()) ? "The person of this name in the mesh: teams and domains hold." : "The name of a person of the mesh, or of a program."}</span></div>}
      <div className="field"><label htmlFor="user-password">Password</label><span className="row"><input id="user-password" className="in mono" type={shown ? "text" : "password"} autoComplete="new-password" value={password} maxLength={1024} onChange={(e) => setPassword(e.target.value)} /><Button icon={<RefreshCw className="i s" />} onClick={makeUp}>Make one up</Button></span><span className="hint">{shown && password ? "Copy it now: nobody can read it later." : `At least ${passwordMin} characters. Only salted keys of it are kept.`}</span></div>
      {own && <Note>Your browser asks you to log in again with the new one.</Note>}
      {set.error && <ErrorOf error={set.error} />}
      <Command>{command}</Command>
    </Dialog>
  );
}
function RemoveUser({ user, left, onClose }: { user: string; left: number; onClose: () => void }) {
  const path = `/api/v1/users/${encodeURIComponent(user)}`, command = `braid users remove ${sh(user)}`;
  const gone = useMutation({ mutationFn: () => { showSameAs({ command, http: { method: "DELETE", path } }); return ask("removeUser", { user }); }, onSuccess: () => { again(); onClose(); } });
  return (
    <Dialog open onClose={onClose} title={<>Remove <Name most={40}>{user}</Name>?</>} footer={<><Button onClick={onClose}>Keep it</Button><Button kind="danger" busy={gone.isPending} onClick={() => gone.mutate()}>Remove the user</Button></>}>
      <p><b className="b"><Name most={40}>{user}</Name></b> can no longer log in; its Kafka connections end with their next request.{left > 0 ? ` ${plural(left, "ACL")} that name it stay, and hold again for a user of the same name.` : ""} What it did stays in audit and lineage.</p>
      {gone.error && <ErrorOf error={gone.error} />}
      <Command>{command}</Command>
    </Dialog>
  );
}
const resources = { topic: ["read", "write", "create", "delete", "alter", "describe", "describe-configs", "alter-configs", "all"], group: ["read", "describe", "delete", "all"], "transactional-id": ["write", "describe", "all"], cluster: ["create", "alter", "describe", "describe-configs", "alter-configs", "cluster-action", "idempotent-write", "all"] } as const;
type Resource = keyof typeof resources;
const resourceWord: { [r in Resource]: string } = { topic: "a topic", group: "a consumer group", "transactional-id": "a transactional id", cluster: "the node itself" };
const aclCommand = (verb: "add" | "remove", a: { user: string; operations: readonly string[]; resource: string; name: string; prefix: boolean; deny: boolean; host: string }) => `braid acls ${verb} ${sh(a.user || "NAME")} ${a.operations.join(",") || "read"} ${a.resource === "cluster" ? "--cluster" : `--${a.resource} ${sh(a.name || "NAME")}`}${a.prefix ? " --prefix" : ""}${a.deny ? " --deny" : ""}${a.host && a.host !== "*" ? ` --host ${sh(a.host)}` : ""}`;

function Allow({ user: first, users, enforced, onClose }: { user: string; users: string[]; enforced: boolean; onClose: () => void }) {
  const [a, setA] = useState({ user: first, resource: "topic" as Resource, name: "", prefix: false, operations: ["read"] as string[], permission: "allow", host: "*" });
  const put = (c: Partial<typeof a>) => setA((o) => ({ ...o, ...c }));
  const all = a.name.trim() === "*";
  const body = { acls: a.operations.map((operation) => ({ user: a.user.trim(), operation, resource: a.resource, ...(a.resource === "cluster" ? {} : { name: a.name.trim() }), pattern: a.prefix && !all && a.resource !== "cluster" ? "prefixed" : "literal", permission: a.permission, host: a.host.trim() || "*" })) };
  const command = aclCommand("add", { user: a.user.trim(), operations: a.operations, resource: a.resource, name: a.name.trim(), prefix: a.prefix && !all && a.resource !== "cluster", deny: a.permission === "deny", host: a.host.trim() });
  const add = useMutation({ mutationFn: () => { showSameAs({ command, http: { method: "POST", path: "/api/v1/acls", body } }); return ask("addAcls", {}, body); }, onSuccess: () => { again(); onClose(); } });
  const why = !a.user.trim() ? "Who? A user, or * for everybody." : a.operations.length === 0 ? "Choose what may be done." : a.resource !== "cluster" && !a.name.trim() ? `Which ${a.resource.replace("-", " ")}? * means all.` : "";
  const turn = (o: string) => put({ operations: a.operations.includes(o) ? a.operations.filter((x) => x !== o) : o === "all" ? ["all"] : [...a.operations.filter((x) => x !== "all"), o] });
  return (
    <Dialog open onClose={onClose} title={a.permission === "deny" ? "Deny something" : "Allow something"} footer={<><Button onClick={onClose}>Cancel</Button><Button kind="pri" why={why} busy={add.isPending} onClick={() => add.mutate()}>{a.permission === "deny" ? "Deny it" : "Allow it"}</Button></>}>
      <div className="frow"><div className="field"><label htmlFor="acl-user">Who</label><input id="acl-user" className="in" list="acl-users" value={a.user} maxLength={200} autoComplete="off" placeholder="a user, or *" onChange={(e) => put({ user: e.target.value })} /><datalist id="acl-users">{users.map((u) => <option key={u} value={u} />)}</datalist></div>
        <label className="field"><span className="lab">On</span><select className="in" value={a.resource} onChange={(e) => { const resource = e.target.value as Resource; put({ resource, operations: a.operations.filter((o) => (resources[resource] as readonly string[]).includes(o)) }); }}>{(Object.keys(resources) as Resource[]).map((r) => <option key={r} value={r}>{resourceWord[r]}</option>)}</select></label>
        {a.resource !== "cluster" && <div className="field"><label htmlFor="acl-name">Name</label><input id="acl-name" className="in mono" value={a.name} maxLength={300} placeholder="* for all" onChange={(e) => put({ name: e.target.value })} /></div>}</div>
      {a.resource !== "cluster" && !all && <label className="row"><input type="checkbox" checked={a.prefix} onChange={(e) => put({ prefix: e.target.checked })} /> and everything whose name begins with it</label>}
      <fieldset className="choices"><legend className="lab">May</legend><div className="ops-chk">{resources[a.resource].map((o) => <label key={o} className="row"><input type="checkbox" checked={a.operations.includes(o)} onChange={() => turn(o)} /> {o}</label>)}</div></fieldset>
      <p className="sub">read, write, delete and alter allow describe with them. A consumer needs read of its topics and of its group.</p>
      <Choices name="acl-permission" legend="Permission" value={a.permission} options={[["allow", "Allow", "Unless something denies it."], ["deny", "Deny", "Whatever else allows it."]]} onChange={(permission) => put({ permission })} />
      <div className="field"><label htmlFor="acl-host">From the address <span className="hint">* for anywhere</span></label><input id="acl-host" className="in mono" value={a.host} maxLength={60} onChange={(e) => put({ host: e.target.value })} /></div>
      {!enforced && <Note>It decides nothing until the node asks who somebody is (authentication: required).</Note>}
      {add.error && <ErrorOf error={add.error} />}
      <Command>{command}</Command>
    </Dialog>
  );
}
function TakeBack({ acl: a, onClose }: { acl: Acl; onClose: () => void }) {
  const given = { user: userOf(a), operation: a.operation, resource: a.resource, name: a.name, pattern: a.pattern, permission: a.permission, host: a.host } as never;
  const command = aclCommand("remove", { user: userOf(a), operations: [a.operation], resource: a.resource, name: a.name, prefix: a.pattern === "prefixed", deny: a.permission === "deny", host: a.host });
  const path = `/api/v1/acls?${new URLSearchParams({ user: userOf(a), operation: a.operation, resource: a.resource, name: a.name, pattern: a.pattern, permission: a.permission, host: a.host }).toString()}`;
  const dry = useQuery({ queryKey: ["security", "dry", path], queryFn: () => ask("removeAcls", { ...(given as object), dry_run: true } as never) });
  const take = useMutation({ mutationFn: () => { showSameAs({ command, http: { method: "DELETE", path } }); return ask("removeAcls", given); }, onSuccess: () => { again(); onClose(); } });
  return (
    <Dialog open onClose={onClose} title="Take it back?" footer={<><Button onClick={onClose}>Keep it</Button><Button kind="danger" busy={take.isPending} why={dry.data && dry.data.removed.length === 0 ? "It is gone already." : ""} onClick={() => take.mutate()}>Take back {dry.data ? plural(dry.data.removed.length, "ACL") : ""}</Button></>}>
      <KeyValue rows={[["Who", everybody(userOf(a))], ["May", a.permission === "deny" ? `not ${a.operation}` : a.operation], ["What", a.resource === "cluster" ? "the node itself" : `${a.resource} ${a.name}${a.pattern === "prefixed" ? " and all that begin so" : ""}`], ["From", a.host === "*" ? "anywhere" : a.host]]} />
      <p className="muted">{a.permission === "deny" ? "What other ACLs allow is allowed again." : "From then on it is denied, unless another ACL allows it. Connections that are open notice it with their next request."}</p>
      {dry.data && dry.data.removed.length > 1 && <Note kind="warn">{count(dry.data.removed.length)} ACLs match this.</Note>}
      {(take.error ?? dry.error) && <ErrorOf error={take.error ?? dry.error} />}
      <Command>{command}</Command>
    </Dialog>
  );
}

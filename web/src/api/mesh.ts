// Questions that several pages ask.
import { useQuery } from "@tanstack/react-query";
import { ask } from "./ask";
import { call } from "./call";
import { question } from "./client";
import type { Activities, AllPromises, Activity, Lineage, Profile, ProductProfile, RunningQuery, SchemaVersions, SchemaDiff } from "./contract";
import type { Domain, WhoAmI } from "./schema";

export const whoAmI = () => question(["whoami"], (signal) => ask("whoAmI", {}, undefined, { signal }), { staleTime: 60_000 });
export const domainList = () => question(["domains"], (signal) => ask("listDomains", {}, undefined, { signal }).then((a) => a.domains), { staleTime: 30_000 });
export const peopleList = () => question(["people"], (signal) => ask("listPeople", {}, undefined, { signal }).then((a) => a.people), { staleTime: 60_000 });
export const teamList = () => question(["teams"], (signal) => ask("listTeams", {}, undefined, { signal }).then((a) => a.teams), { staleTime: 60_000 });
// All of them: the node gives at most 1,000 a page.
export const productList = () => question(["products"], async (signal) => {
  const first = await ask("listProducts", { limit: 1000 }, undefined, { signal });
  while (first.products.length < first.total && first.products.length < 20_000) {
    const more = (await ask("listProducts", { limit: 1000, offset: first.products.length }, undefined, { signal })).products;
    if (more.length === 0) break;
    first.products.push(...more);
  }
  return first;
});
export const productByName = (name: string) => question(["products", name], (signal) => ask("getProduct", { product: name }, undefined, { signal }));
export const productHistory = (name: string) => question(["products", name, "history"], (signal) => ask("getHistory", { product: name }, undefined, { signal }));
export const productProfile = (name: string) => question(["products", name, "profile"], (signal) => call<ProductProfile>("GET", `/api/v1/products/${encodeURIComponent(name)}/profile`, { signal }), { refetchInterval: 15_000 });
export const allPromises = () => question(["promises"], (signal) => call<AllPromises>("GET", "/api/v1/promises", { signal }), { staleTime: 10_000, refetchInterval: 20_000 });
// The last hour of topics, by the minute; without names, of all.
export const activities = (topics: readonly string[] | null) => question(["activity", topics?.join(",") ?? null], (signal) => call<Activities>("GET", "/api/v1/activity", { query: { topics: topics?.join(","), period: "1m", periods: 60 }, signal }), { staleTime: 20_000, refetchInterval: 30_000 });
export const topicProfile = (name: string) => question(["topics", name, "profile"], (signal) => call<Profile>("GET", `/api/v1/topics/${encodeURIComponent(name)}/profile`, { signal }), { refetchInterval: 15_000 });
export const topicActivity = (name: string, periods: number, period: string) => question(["topics", name, "activity", periods, period], (signal) => call<Activity>("GET", `/api/v1/topics/${encodeURIComponent(name)}/activity`, { query: { periods, period }, signal }), { staleTime: 30_000 });
export const topicList = () => question(["topics"], (signal) => ask("listTopics", {}, undefined, { signal }).then((a) => a.topics));
export const topicByName = (name: string) => question(["topics", name], (signal) => ask("getTopic", { topic: name }, undefined, { signal }));
export const queryList = () => question(["queries"], (signal) => call<RunningQuery[]>("GET", "/api/v1/queries", { signal }));
// A person who looks at records by HTTP, as this page does, is no reader that should be registered: nothing warns of that.
function lookersAreWelcome(lineage: Lineage): Lineage {
  const lookers = new Set(lineage.nodes.filter((n) => n.interactive).map((n) => n.id));
  return lookers.size === 0 ? lineage : { ...lineage, edges: lineage.edges.map((e) => (e.status === "seen_not_declared" && lookers.has(e.to) ? { ...e, status: "ok" } : e)) };
}
export const lineageOf = (of: string | null, depth: string, column: string | null) => question(["lineage", of, depth, column], (signal) => call<Lineage>("GET", "/api/v1/lineage", { query: { of, depth, column }, signal }).then(lookersAreWelcome), { staleTime: 10_000 });
export const schemaVersions = (subject: string) => question(["schemas", subject], (signal) => call<SchemaVersions>("GET", `/api/v1/schemas/${encodeURIComponent(subject)}`, { signal }));
export const schemaDiff = (subject: string, from: number, to: number) => question(["schemas", subject, "diff", from, to], (signal) => call<SchemaDiff>("GET", `/api/v1/schemas/${encodeURIComponent(subject)}/diff`, { query: { from, to }, signal }));

// Who may log in. Refused (403) where the node asks and the caller does not manage users; 501 where a Kafka cluster asks.
export const userList = () => question(["security", "users"], (signal) => ask("listUsers", {}, undefined, { signal, quiet: true }), { staleTime: 30_000 });
export const aclList = () => question(["security", "acls"], (signal) => ask("listAcls", {}, undefined, { signal }), { staleTime: 10_000 });

export const useWho = (): WhoAmI | undefined => useQuery(whoAmI()).data;
export const useDomains = (): Domain[] => useQuery(domainList()).data ?? [];

// Why somebody is nobody: not chosen yet, or a login that is no person of the mesh.
export const nobody = (who: WhoAmI | undefined) => { const user = (who as { login?: string | null } | undefined)?.login; return user ? `You are logged in as ${user}, who is no person of this mesh.` : "You act as nobody yet. Choose a person at the top right."; };
// Whether the person one acts as may change things of a domain; if not, why, and who can.
export function useMay(domain: string | null | undefined, thing: string): { may: boolean; why: string } {
  const who = useWho();
  const people = useQuery(peopleList()).data;
  if (!who) return { may: false, why: "" };
  if (!domain || who.unclaimed || who.domains.includes(domain)) return { may: true, why: "" };
  const someone = people?.find((p) => p.domains.includes(domain) && !p.service);
  return { may: false, why: `Only ${domain} may change ${thing}.${someone ? ` Ask ${someone.full_name || someone.name}.` : ""}${who.person ? "" : ` ${nobody(who)}`}` };
}

// Saving: the statements go to /ksql as they stand; the answer names the query or what is wrong.
import { ApiError, asApiError, call, cache, type RunningQuery } from "../../api";

export interface SavedAnswer { messages: string[]; queries: string[]; warnings: string[]; topic: string | null }   // topic: where the last query writes
export async function save(sql: string, from: "earliest" | "latest"): Promise<SavedAnswer> {
  const answer = await call<unknown>("POST", "/ksql", { body: { ksql: sql, streamsProperties: { "auto.offset.reset": from } } });
  const list = (Array.isArray(answer) ? answer : [answer]) as { commandStatus?: { status?: string; message?: string; queryId?: string }; warnings?: { message?: string }[]; [k: string]: unknown }[];
  const failed = list.find((a) => a.commandStatus?.status === "ERROR");
  if (failed) throw new ApiError(400, { message: failed.commandStatus?.message ?? "The statement failed." }, "POST /ksql");
  void cache.invalidateQueries();
  const queries = list.map((a) => a.commandStatus?.queryId ?? "").filter(Boolean), last = queries[queries.length - 1];
  const topic = last ? await call<RunningQuery>("GET", `/api/v1/queries/${encodeURIComponent(last)}`).then((q) => q.writes ?? null, () => null) : null;
  return { topic, queries, messages: list.map((a) => a.commandStatus?.message ?? "").filter(Boolean), warnings: list.flatMap((a) => (a.warnings ?? []).map((w) => w.message ?? "")).filter(Boolean) };
}
export const saveError = (e: unknown) => asApiError(e);

// Saving: the statements go to /ksql as they stand; the answer names the query or what is wrong.
import { ApiError, asApiError, call, cache } from "../../api";

export interface SavedAnswer { messages: string[]; queries: string[]; warnings: string[] }
export async function save(sql: string, from: "earliest" | "latest"): Promise<SavedAnswer> {
  const answer = await call<unknown>("POST", "/ksql", { body: { ksql: sql, streamsProperties: { "auto.offset.reset": from } } });
  const list = (Array.isArray(answer) ? answer : [answer]) as { commandStatus?: { status?: string; message?: string; queryId?: string }; warnings?: { message?: string }[]; [k: string]: unknown }[];
  const failed = list.find((a) => a.commandStatus?.status === "ERROR");
  if (failed) throw new ApiError(400, { message: failed.commandStatus?.message ?? "The statement failed." }, "POST /ksql");
  void cache.invalidateQueries();
  return { messages: list.map((a) => a.commandStatus?.message ?? "").filter(Boolean), queries: list.map((a) => a.commandStatus?.queryId ?? "").filter(Boolean), warnings: list.flatMap((a) => (a.warnings ?? []).map((w) => w.message ?? "")).filter(Boolean) };
}
export const saveError = (e: unknown) => asApiError(e);

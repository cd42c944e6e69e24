// What Create asks the node.
import { useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { call, notOffered, question, type RunningQuery, type SqlCheck, type SqlWords, type UseCase } from "../../api";

export const sqlWords = () => question(["sql", "words"], (signal) => call<SqlWords>("GET", "/api/v1/sql/words", { signal }), { staleTime: 10_000 });
export const useCaseList = () => question(["use-cases"], (signal) => call<UseCase[]>("GET", "/api/v1/use-cases", { signal }), { staleTime: 60_000 });
export const queryById = (id: string) => question(["queries", id], (signal) => call<RunningQuery>("GET", `/api/v1/queries/${encodeURIComponent(id)}`, { signal }), { refetchInterval: 3_000 });
const checkOf = (sql: string) => question(["sql", "check", sql], (signal) => call<SqlCheck>("POST", "/api/v1/sql/check", { body: { sql }, signal, quiet: true }), { staleTime: 4_000 });

export function useLater<T>(value: T, ms: number): T {
  const [late, set] = useState(value);
  useEffect(() => { const t = setTimeout(() => set(value), ms); return () => clearTimeout(t); }, [value, ms]);
  return late;
}
// The last answer stays until the next one; `fresh` tells whether it is about the text as it is.
export function useCheck(sql: string): { check: SqlCheck | null; fresh: boolean; offered: boolean; error: Error | null } {
  const late = useLater(sql, 250);
  const empty = late.trim() === "";
  const q = useQuery({ ...checkOf(late), enabled: !empty, placeholderData: (old: SqlCheck | undefined) => old });
  return { check: empty ? null : q.data ?? null, fresh: late === sql && !q.isPlaceholderData && q.data !== undefined, offered: !(q.error && notOffered(q.error)), error: q.error && !notOffered(q.error) ? q.error : null };
}

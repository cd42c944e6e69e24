// What a question to the node looks like while it waits, fails, or is not offered. Show<T> draws the data, whatever its age.
import type { ReactNode } from "react";
import { useQuery, type UseQueryOptions, type UseQueryResult, type QueryKey } from "@tanstack/react-query";
import { asApiError, notOffered, type ApiError } from "../api";
import { ErrorNote, Loading, Note, type Failure } from "../ui";

export const failureOf = (e: unknown): Failure => { const a = asApiError(e); return { message: a.message, hint: a.hint, code: a.code, status: a.status, call: a.call, problems: a.problems }; };
export const ErrorOf = ({ error, retry, actions }: { error: unknown; retry?: () => void; actions?: ReactNode }) => <ErrorNote failure={failureOf(error)} retry={retry} actions={actions} />;

export function Show<T>({ of, children, loading, missing, rows, what }: { of: UseQueryResult<T, Error>; children: (data: T) => ReactNode; loading?: ReactNode; missing?: string; rows?: number; what?: string }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return notOffered(of.error) && missing ? <div className="pad"><Note>{missing}</Note></div> : <div className="pad"><ErrorOf error={of.error} retry={() => void of.refetch()} /></div>;
  return <>{loading ?? <Loading rows={rows} what={what} />}</>;
}
// A question whose answer the page can do without.
export function useOptional<T>(options: UseQueryOptions<T, Error, T, QueryKey>): { data: T | undefined; offered: boolean; error: ApiError | null; loading: boolean } {
  const q = useQuery(options);
  return { data: q.data, offered: !(q.error && notOffered(q.error)), error: q.error ? asApiError(q.error) : null, loading: q.isPending && q.fetchStatus !== "idle" };
}

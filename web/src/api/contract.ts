// Calls that the OpenAPI document does not describe in full yet. One type each; a node without them answers 404 and pages say so.

// Live numbers
export interface LiveTopic { records_per_second: number | null; bytes_per_second: number | null; records: number | null; last_record_at: string | null; age_s: number | null }
export interface LiveQuery { state: string; records_in_per_second: number | null; records_out_per_second: number | null; records_in: number; records_out: number; errors: number; lag: number | null }
export interface LiveNode { records_per_second: number | null; bytes_per_second: number | null; topics: number; queries: number; connections: number; uptime_s: number; event_log: string; version: string }
export interface LiveTick { at: string; node: LiveNode; topics: { [name: string]: LiveTopic }; queries: { [id: string]: LiveQuery } }
export interface ActivityPeriod { from: string; records: number | null; bytes?: number | null; availability: number | null; worst_gap_s: number | null }
export interface Activity { topic: string; period_s: number; periods: ActivityPeriod[] }

// Profiles
export interface Measure { value: number; unit: string }
export type PromiseState = "kept" | "close" | "broken" | "unknown";
export interface PromiseSet { freshness_s: number | null; availability: number | null; records_per_second_min: number | null; history_days: number | null; null_share_max: { [field: string]: number } }
export interface Judged extends Omit<PromiseOf, "history"> { port: string; topic: string }
export interface AllPromises { at: string; summary: { kept: number; close: number; broken: number; unknown: number }; products: { product: string; domain: string; owner: string; sla: string; state: PromiseState; promises: Judged[] }[] }
export interface Activities { period_s: number; from: string[]; topics: { [topic: string]: { records: (number | null)[]; bytes: (number | null)[] } } }
export interface PromiseOf { name: string; field?: string | null; promised: { text: string; value: number; unit: string; from?: string } | null; measured: Measure | null; state: PromiseState; why: string; history: { from: string; state: PromiseState; value: number | null }[] }
export interface Bin { from: number; to: number; count: number }
export interface FieldProfile {
  path: string; in: "value" | "key"; type: string; logical: string | null; count: number; nulls: number; distinct: { estimate: number; error: number } | null;
  min: number | string | null; max: number | string | null; mean: number | null; quantiles: { [p: string]: number | string } | null;
  histogram: { scale: "linear" | "log"; bins: Bin[] } | null; top: { value: unknown; count: number; share: number }[]; shapes: { shape: string; count: number; share: number }[];
  lengths: { min: number; max: number; mean: number } | null;
}
export interface Profile { topic: string; since: string | null; records: number; undecodable: number; records_per_second: number | null; bytes_per_second: number | null; last_record_at: string | null; age_s: number | null; promises: PromiseOf[]; values_hidden?: string | null; fields: FieldProfile[] }
export interface ProductProfile { product: string; ports: Profile[] }

// Lineage
export interface LineageNode {
  interactive?: boolean;   // a person, by HTTP
  via?: string | null; team?: string; purpose?: string;
  id: string; kind: "topic" | "product" | "query" | "client" | "group" | "consumer"; name: string; title?: string | null; domain: string | null; product?: string | null; owner?: string | null; state: string;
  statement?: string | null; sketch?: string | null; principal?: string | null; client_id?: string | null; group?: string | null; last_seen?: string | null; columns?: { name: string; type: string }[];
}
export interface ColumnUse { from: string; to: string; how: string; text: string }
export interface LineageEdge {
  from: string; to: string; kind: "reads" | "writes" | "produces" | "consumes"; basis: "declared" | "observed" | "both"; status: "ok" | "declared_never_seen" | "seen_not_declared" | "at_rest";
  first_seen?: string | null; last_seen?: string | null; records?: number | null; bytes?: number | null; records_per_second: number | null; columns?: ColumnUse[];
}
export interface Lineage { nodes: LineageNode[]; edges: LineageEdge[]; trace?: { column: string; path: number[]; notes: { [node: string]: string } } | null }

// SQL for the editor
export interface SqlError { message: string; hint: string; begin: number; end: number; utf16_begin: number; utf16_end: number; line: number; column: number }
export interface PlanStep { id: number; kind: string; title: string; inputs: number[]; begin?: number | null; end?: number | null; utf16_begin?: number | null; utf16_end?: number | null }
export interface SqlColumn { name: string; type: string; key: boolean }
export interface SqlStatement { begin: number; end: number; utf16_begin: number; utf16_end: number; text: string; kind: string; ok: boolean; error: SqlError | null; reads: string[]; writes: string | null; sink_topic: string | null; columns: SqlColumn[]; plan: { steps: PlanStep[] } | null }
export interface SqlCheck { statements: SqlStatement[] }
export type PreviewLine = { columns: SqlColumn[] } | { row: unknown[]; key?: unknown[] | null; tombstone?: boolean } | { steps: { id: number; in: number; out: number }[] } | { nearest: unknown } | { error: { message: string; hint?: string } } | { end: "limit" | "time" | "completed" | "stopped" };
export interface SqlWords { keywords: string[]; functions: { name: string; kind: string; signatures: string[]; summary: string }[]; sources: { name: string; kind: "stream" | "table"; topic: string; columns: SqlColumn[]; product: string | null; domain: string | null }[] }
export interface UseCase { name: string; title: string; description: string; inputs: string[]; output: string; kind: "stream" | "table"; sql: string }

// Operations
export interface RunningQuery {
  id: string; kind: string; state: string; statement: string; reads: string[]; writes: string | null; stream: string | null; owner_domain: string | null; records_in: number; records_out: number;
  records_in_per_second: number | null; records_out_per_second: number | null; lag: number | null; errors: number; last_error: { message: string; at: string | null } | null; started_at: string | null; plan?: { steps: PlanStep[] } | null;
  late?: number; null_keys?: number; state_bytes?: number; state_entries?: number; problems?: { at: string; kind: string; message: string; step?: string; expression?: string; topic?: string; partition?: number; offset?: number }[];
}
export interface Group { group: string; state: string; protocol: string; members: number; topics: string[]; lag: number | null; internal?: boolean }
export interface GroupInFull { group: string; state: string; protocol: string; internal?: boolean; members: { id: string; client_id: string; host: string; assignment: { topic: string; partitions: number[] }[] }[]; offsets: { topic: string; partition: number; committed: number | null; end: number | null; lag: number | null }[] }
export interface OffsetChanges { dry_run: boolean; changes: { topic: string; partition: number; from: number | null; to: number; lag_after: number }[] }
export interface SchemaField { name: string; path?: string; type: string; logical?: string | null; doc?: string | null; optional?: boolean; default?: unknown; fields?: SchemaField[] }
export interface SchemaVersions { subject: string; versions: { version: number; id: number; type: string; schema: string; fields: SchemaField[] }[]; compatibility: string }
export interface SchemaDifference { path: string; kind: "added" | "removed" | "changed"; text: string; breaks: "readers" | "writers" | "both" | "nobody" }
export interface SchemaDiff { differences: SchemaDifference[]; compatible: { [level: string]: boolean }; examples?: { record: string; written_with: "from" | "to"; error: string }[] }

// What the palette and Same as know of writing SQL.
import type { Action } from "../../api";

export const createActions: Action[] = [
  { id: "create.new", group: "do", title: () => "Write a query", words: "create sql stream table join filter new statement editor", page: "create", command: () => "braid sql", http: () => ({ method: "POST", path: "/ksql", body: { ksql: "CREATE STREAM … AS SELECT …;" } }), to: () => "/create" },
  { id: "create.from", group: "do", about: "product", title: (p) => `Write a query on ${p}`, words: "create sql select from use", command: (p) => `braid sql -e 'SELECT * FROM ${p.replace(/'/g, "")} EMIT CHANGES LIMIT 10;'`, http: (p) => ({ method: "POST", path: "/api/v1/sql/preview", body: { sql: `SELECT * FROM ${p} EMIT CHANGES;`, from: "earliest", limit: 10, seconds: 10 } }), to: (p) => `/create?sql=${encodeURIComponent(`SELECT * FROM ${p} EMIT CHANGES;`)}` },
];

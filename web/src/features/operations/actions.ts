// What the palette and Same as know of running a node.
import type { Action } from "../../api";

export const operationsActions: Action[] = [
  { id: "ops.node", group: "go", title: () => "The node's numbers", words: "operations health uptime rates status", page: "operations", command: () => "curl -s $BRAID_URL/api/v1/live/snapshot", http: () => ({ method: "GET", path: "/api/v1/live/snapshot" }), to: () => "/operations" },
  { id: "ops.topics", group: "go", title: () => "Topics", words: "records offsets partitions browse", page: "operations", command: () => "braid topics list", http: () => ({ method: "GET", path: "/api/v1/topics" }), to: () => "/operations/topics" },
  { id: "ops.schemas", group: "go", title: () => "Schemas", words: "registry avro subjects versions compatibility", page: "operations", command: () => "braid schemas list", http: () => ({ method: "GET", path: "/subjects" }), to: () => "/operations/schemas" },
  { id: "ops.groups", group: "go", title: () => "Consumer groups", words: "lag offsets reset members", page: "operations", command: () => "braid groups list --internal", http: () => ({ method: "GET", path: "/api/v1/groups" }), to: () => "/operations/groups" },
  { id: "ops.queries", group: "go", title: () => "Running queries", words: "pause resume terminate ksql errors", page: "operations", command: () => "braid queries list", http: () => ({ method: "GET", path: "/api/v1/queries" }), to: () => "/operations/queries" },
  { id: "ops.access", group: "go", title: () => "Users and ACLs", words: "access password login security permission allow deny rights", page: "operations", command: () => "braid users list && braid acls list", http: () => ({ method: "GET", path: "/api/v1/acls" }), to: () => "/operations/access" },
];

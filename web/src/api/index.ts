export * from "./session";
export * from "./call";
export * from "./ask";
export * from "./client";
export * from "./mesh";
export * from "./live";
export * from "./events";
export * from "./same_as";
export type * from "./contract";

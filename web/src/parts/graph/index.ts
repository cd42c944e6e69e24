export * from "./geometry";
export * from "./model";
export * from "./mesh_layout";
export * from "./lineage_layout";
export * from "./Pane";
export * from "./Drawn";
export * from "./links";
export type { BeadThread } from "./Beads";

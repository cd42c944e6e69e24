export * from "./domain";
export * from "./ask_state";
export * from "./impact";
export * from "./page";
export * from "./fields";
export * from "./promises";
export * from "./words";
export * from "./distribution";

export * from "./domain";
export * from "./ask_state";
export * from "./impact";
export * from "./page";
export * from "./fields";
export * from "./query_actions";
export * from "./conflict";
export * from "./product_form";

import type { Product } from "../../api/schema";
export type Port = Product["ports"][number];
export const place = (name: string, rest = "") => `/products/${encodeURIComponent(name)}${rest}`;

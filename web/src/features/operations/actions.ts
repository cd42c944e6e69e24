// What the palette and Same as know of /operations.
import type { Action } from "../../api";

export const operationsActions: Action[] = [];

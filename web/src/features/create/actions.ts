// What the palette and Same as know of /create.
import type { Action } from "../../api";

export const createActions: Action[] = [];

// What the palette and Same as know of /publish.
import type { Action } from "../../api";

export const publishActions: Action[] = [];

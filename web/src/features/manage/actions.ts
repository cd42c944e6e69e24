// What the palette and Same as know of /manage.
import type { Action } from "../../api";

export const manageActions: Action[] = [];

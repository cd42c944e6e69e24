// What the palette and Same as know of /audit.
import type { Action } from "../../api";

export const auditActions: Action[] = [];

// The one table of actions: command line and HTTP call of everything the portal does. It feeds the palette.
import type { Action } from "../api";
import { auditActions } from "../features/audit/actions";
import { createActions } from "../features/create/actions";
import { exploreActions } from "../features/explore/actions";
import { homeActions } from "../features/home/actions";
import { manageActions } from "../features/manage/actions";
import { meActions } from "../features/me/actions";
import { operationsActions } from "../features/operations/actions";
import { productActions } from "../features/product/actions";
import { publishActions } from "../features/publish/actions";

export const actions: Action[] = [...homeActions, ...exploreActions, ...createActions, ...publishActions, ...manageActions, ...operationsActions, ...auditActions, ...meActions, ...productActions];

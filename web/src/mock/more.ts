// Routes of the mock for Create, Publish, Manage, Operations and Audit.
import type { Route } from "./server";
export const moreRoutes: Route[] = [];

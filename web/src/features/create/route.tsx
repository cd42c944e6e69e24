// The page(s) under /create. One lazy module; routes below it are this feature's own (<Routes> inside).
import { Empty } from "../../ui";
import { PageHead, useTitle } from "../../parts";

export function Component() {
  useTitle("Create");
  return <><PageHead title="Create" /><div className="panel"><Empty>This page is being built.</Empty></div></>;
}

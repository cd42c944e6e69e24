// The page(s) under /manage. One lazy module; routes below it are this feature's own (<Routes> inside).
import { Empty } from "../../ui";
import { PageHead, useTitle } from "../../parts";

export function Component() {
  useTitle("Manage");
  return <><PageHead title="Manage" /><div className="panel"><Empty>This page is being built.</Empty></div></>;
}

// The page(s) under /publish. One lazy module; routes below it are this feature's own (<Routes> inside).
import { Empty } from "../../ui";
import { PageHead, useTitle } from "../../parts";

export function Component() {
  useTitle("Publish");
  return <><PageHead title="Publish" /><div className="panel"><Empty>This page is being built.</Empty></div></>;
}

import { PageHead, useTitle } from "../../parts";
export function Component() { useTitle("You"); return <PageHead title="You" />; }

import { PageHead, useTitle } from "../../parts";
export function Component() { useTitle("explore"); return <PageHead title="explore" />; }

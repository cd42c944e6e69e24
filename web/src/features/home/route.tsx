import { PageHead, useTitle } from "../../parts";
export function Component() { useTitle("home"); return <PageHead title="home" />; }

import { PageHead, useTitle } from "../../parts";
export function Component() { useTitle("product"); return <PageHead title="product" />; }

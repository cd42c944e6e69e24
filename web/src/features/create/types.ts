// The shapes that the pure parts need, named in one place.
export type { PlanStep, SqlStatement, SqlWords } from "../../api";
export interface ProductSummaryLike { name: string; domain: string; state: string; tags: string[]; consumers: number; ports: { topic: string }[]; deprecation: { sunset: string; replaced_by: string } | null }

export { Plan } from "./Plan";
export { isSource, titleOf, type StepCount } from "./plan_picture";

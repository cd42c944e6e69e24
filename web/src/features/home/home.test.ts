import test from "node:test";
import assert from "node:assert/strict";
import { stack } from "./stack";

const from = ["00:00", "00:01", "00:02", "00:03", "00:04", "00:05"];
test("minutes that nobody watched are not drawn as zero, and the minute that is not over is left out", () => {
  const s = stack([{ domain: "a", records: [null, null, 60, 120, 60, 1] }, { domain: "b", records: [null, null, null, 60, 60, 0] }, { domain: "a", records: undefined }], from, 60, 100, 10)!;
  assert.deepEqual(s.at, ["00:02", "00:03", "00:04"]);
  assert.equal(s.minutes, 3);
  assert.deepEqual(s.areas.map((a) => [a.domain, a.rates]), [["b", [0, 1, 1]], ["a", [1, 2, 1]]]);
});
test("fewer than three minutes are no chart", () => assert.equal(stack([{ domain: "a", records: [null, null, null, 5, 5, 5] }], from, 60, 100, 10), null));

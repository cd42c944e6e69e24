import { test } from "node:test";
import assert from "node:assert/strict";
import { inPortal } from "./hints";

test("advice for programs is advice for people in the portal", () => {
  assert.equal(inPortal("send the header 'Braid-As: NAME', or --as NAME on the command line; people here: mira, tomas"), "choose whom you act as at the top right. People here: mira, tomas");
  assert.equal(inPortal("say whom you act as: --as PERSON, or the header Braid-As"), "choose whom you act as at the top right");
  assert.equal(inPortal("whoever manages users can allow it: braid acls add ana read --topic users"), "whoever manages users can allow it, under Operations, Access or by braid acls add ana read --topic users");
  assert.equal(inPortal("braid people define ana --team @TEAM"), "whoever runs the platform can make ana a person with a team");
});
test("other advice stays as it is", () => { assert.equal(inPortal("did you mean 'users'?"), "did you mean 'users'?"); assert.equal(inPortal(""), ""); });

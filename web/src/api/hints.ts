// What the API advises whoever writes a program or types commands, in words for who sits before the portal. Unknown hints stay as they are.
const rules: readonly [RegExp, string | ((m: RegExpExecArray) => string)][] = [
  [/Braid-As[^]*people here: ([^]+)$/, (m) => `choose whom you act as at the top right. People here: ${m[1]!}`],
  [/Braid-As|--as PERSON/, "choose whom you act as at the top right"],
  [/^braid people list$/, "choose whom you act as at the top right"],
  [/^whoever manages users can allow it: (braid acls add [^]+)$/, (m) => `whoever manages users can allow it, under Operations, Access or by ${m[1]!}`],
  [/^whoever manages users can set a new one: /, "whoever manages users can set a new one under Operations, Access"],
  [/^braid people define (\S+) --team/, (m) => `whoever runs the platform can make ${m[1]!} a person with a team`],
  [/^A person with platform rights makes you one: braid people define/, "a person with platform rights makes you one"],
  [/^take the product out of the mesh first: braid products remove/, "take the product out of the mesh first, under Manage"],
  [/^`braid users list` shows/, "those there are stand under Operations, Access"],
];
export function inPortal(hint: string): string {
  for (const [seen, said] of rules) { const m = seen.exec(hint); if (m) return typeof said === "string" ? said : said(m); }
  return hint;
}

// Bytes as a hex dump of 16 a line with their letters. Takes hex, base64 or text, whatever the node sent.
const most = 4096;   // bytes shown
export function hexOf(value: unknown, hex: unknown): string {
  let bytes: Uint8Array;
  const text = typeof hex === "string" ? hex : typeof value === "string" ? value : value && typeof value === "object" && typeof (value as { hex?: unknown }).hex === "string" ? (value as { hex: string }).hex : value && typeof value === "object" && typeof (value as { base64?: unknown }).base64 === "string" ? (value as { base64: string }).base64 : JSON.stringify(value) ?? "";
  const bare = text.replace(/^(0x|\\x)/, "").replace(/\s/g, "");
  if (bare.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(bare)) bytes = Uint8Array.from(bare.match(/../g) ?? [], (b) => Number.parseInt(b, 16));
  else if (/^[A-Za-z0-9+/]+={0,2}$/.test(bare) && bare.length % 4 === 0) bytes = Uint8Array.from(atob(bare), (c) => c.charCodeAt(0));
  else bytes = new TextEncoder().encode(text);
  const lines: string[] = [];
  for (let i = 0; i < Math.min(bytes.length, most); i += 16) {
    const part = [...bytes.slice(i, i + 16)];
    lines.push(`${i.toString(16).padStart(6, "0")}  ${part.map((b) => b.toString(16).padStart(2, "0")).join(" ").padEnd(47)}  ${part.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : ".")).join("")}`);
  }
  if (bytes.length > most) lines.push(`… ${bytes.length - most} more bytes`);
  return lines.join("\n");
}

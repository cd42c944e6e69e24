// SQL in the address: deflated and base64url, so that a statement of a screen fits in a link. "z" packed, "t" as it is (short ones, or no compressor).
const toBase64 = (bytes: Uint8Array) => { let s = ""; for (const b of bytes) s += String.fromCharCode(b); return btoa(s).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, ""); };
const fromBase64 = (text: string) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const through = async (bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

export const sqlMax = 200_000;   // characters that are read from an address; more is no statement
export async function pack(sql: string): Promise<string> {
  const bytes = new TextEncoder().encode(sql) as Uint8Array<ArrayBuffer>;
  const plain = `t${toBase64(bytes)}`;
  if (bytes.length < 60) return plain;
  try { const packed = `z${toBase64(await through(bytes, new CompressionStream("deflate-raw")))}`; return packed.length < plain.length ? packed : plain; } catch { return plain; }
}
// Null for what is no packed statement; a hand-written ?sql=SELECT ... is taken as it is.
export async function unpack(text: string): Promise<string | null> {
  if (/\s/.test(text) || !/^[tz][\w-]*$/.test(text)) return text.slice(0, sqlMax);
  try {
    const bytes = fromBase64(text.slice(1));
    const sql = new TextDecoder("utf-8", { fatal: true }).decode(text[0] === "z" ? await through(bytes, new DecompressionStream("deflate-raw")) : bytes);
    return sql.length > sqlMax ? null : sql;
  } catch { return null; }
}

// Makes the files of a folder linkable: OUT/portal_files.S includes their bytes, OUT/portal_files.cc is the table (api/portal/portal.h).
// Text is compressed once, here, as small as gzip gets; a request without gzip gets it inflated. The etag is a hash of the content.
//   node tools/embed_portal.mjs DIST OUT
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

const [dist, out] = process.argv.slice(2);
const list = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? list(path) : [path];
  });

const blobs = join(out, 'blobs');
rmSync(blobs, { recursive: true, force: true });
mkdirSync(blobs, { recursive: true });

const files = list(dist)
  .filter((path) => !path.endsWith('.map'))
  .sort()
  .map((path, i) => {
    const bytes = readFileSync(path);
    const packed = gzipSync(bytes, { level: 9 });
    const gzipped = packed.length < bytes.length * 0.95;   // pictures and fonts are compressed already
    const blob = join(blobs, String(i));
    writeFileSync(blob, gzipped ? packed : bytes);
    const name = relative(dist, path).split(sep).join('/');
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 20);
    return { name, blob, gzipped, etag, size: bytes.length, stored: gzipped ? packed.length : bytes.length };
  });

const assembly = [
  '.section .rodata',
  ...files.flatMap((f, i) => [`.global braid_portal_${i}`, '.balign 16', `braid_portal_${i}:`, `.incbin ${JSON.stringify(f.blob)}`]),
  '.section .note.GNU-stack,"",%progbits',
  '',
];
const table = [
  '// Made by tools/embed_portal.mjs.',
  '#include "api/portal/portal.h"',
  '',
  'extern "C" {',
  ...files.map((f, i) => `extern const char braid_portal_${i}[${Math.max(1, f.stored)}];`),
  '}',
  '',
  'namespace braid::api {',
  'const std::vector<PortalFile>& portal_files() {',
  '  static const std::vector<PortalFile> files{',
  ...files.map((f, i) => `      {${JSON.stringify(f.name)}, {braid_portal_${i}, ${f.stored}}, ${f.gzipped}, ${JSON.stringify(f.etag)}},`),
  '  };',
  '  return files;',
  '}',
  '}  // namespace braid::api',
  '',
];
writeFileSync(join(out, 'portal_files.S'), assembly.join('\n'));
writeFileSync(join(out, 'portal_files.cc'), table.join('\n'));

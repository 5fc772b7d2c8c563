// Writes a .gz form beside every built file that shrinks by it; the server sends that to clients that accept gzip.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const out = process.env.CONSOLE_OUT ?? 'dist';

for (const name of readdirSync(out, { recursive: true })) {
  const path = join(out, name);
  // index.html gets a nonce for each answer, so it is sent as it is.
  if (!statSync(path).isFile() || name === 'index.html' || !/\.(js|css|svg|json)$/.test(name)) continue;
  const plain = readFileSync(path);
  const packed = gzipSync(plain, { level: 9 });
  if (plain.length > 1024 && packed.length < plain.length * 0.9) writeFileSync(`${path}.gz`, packed);
}

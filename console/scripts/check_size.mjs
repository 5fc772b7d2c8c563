// Holds the size budget of the first page: the scripts and styles that index.html names, gzipped, and each later chunk.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const out = process.env.CONSOLE_OUT ?? 'dist';
const budgets = { js: 320, css: 40, later: 160 }; // kB, gzip
const page = readFileSync(join(out, 'index.html'), 'utf8');
const size = (name) => gzipSync(readFileSync(join(out, 'assets', name)), { level: 9 }).length / 1000;

const sums = { js: 0, css: 0, later: 0 };
for (const name of readdirSync(join(out, 'assets')).filter((file) => /\.(js|css)$/.test(file))) {
  const kind = name.endsWith('.css') ? 'css' : 'js';
  if (page.includes(`/assets/${name}`)) sums[kind] += size(name);
  else sums.later = Math.max(sums.later, size(name));
}
let failed = 0;
for (const [kind, limit] of Object.entries(budgets)) {
  const isOver = sums[kind] > limit;
  failed += Number(isOver);
  console.log(`${isOver ? 'OVER' : 'ok  '} ${kind}: ${sums[kind].toFixed(1)} kB of ${limit} kB`);
}
process.exit(failed ? 1 : 0);

// Fails when src/shared/api-types.ts is not what the API document says; `npm run types` mends it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'api-types-'));
try {
  const fresh = join(folder, 'api-types.ts');
  execFileSync('node_modules/.bin/openapi-typescript', ['../src/api/openapi.json', '-o', fresh], { stdio: 'pipe' });
  if (readFileSync(fresh, 'utf8') !== readFileSync('src/shared/api-types.ts', 'utf8')) {
    console.error('src/shared/api-types.ts differs from src/api/openapi.json: run `npm run types` and commit');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

// The console of the real binary: starts a small factory on three documents, then walks journey.mjs through it.
// Needs MILLWRIGHT_BINARY (default build/release/millwright). Ends with "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = process.env.MILLWRIGHT_BINARY ?? join(root, 'build/release/millwright');
const folder = mkdtempSync(join(tmpdir(), 'console-test-'));
const data = join(folder, 'data');

const documents = {
  'sources.md': `# Package sources

The file /etc/apt/sources.list is the key configuration file for defining package sources on Debian. To add a package
source to apt, write a line that starts with deb, the address of the mirror, the distribution and its components, or put
a file below /etc/apt/sources.list.d.
`,
  'update.md': `# Updating the list of packages

After a package source was added to apt, update the list of available packages with the command apt update, and install
upgrades with apt upgrade. Debian checks the signature of each source.
`,
  'printers.md': `# Printers

The printer on the second floor takes A3 paper in its lower tray. Ask the reception for toner.
`,
};
const configuration = `
server: {listen: 127.0.0.1:0, durability: process}
teams: [{name: it}]
models: [{name: extractive, provider: builtin}]
routes: [{name: default, targets: [{model: extractive}], timeout: 30s, retries: 0}]
sources:
  - {name: handbook, kind: filesystem, path: documents, include: ["**/*.md"], owner: it, class: public, use: [retrieval], acl: {allow: [everyone]}, every: 1h}
datasets: [{name: it-kb, owner: it, sources: [handbook], approval: required}]
indexes: [{name: it-kb, dataset: it-kb}]
use_cases:
  - name: helpdesk
    description: Answers questions about packages
    owner: it
    risk_tier: T1
    data_class: internal
    route: default
    index: it-kb
    budget: {limit: 50 USD, per: month, alerts: [50, 75, 90], at_limit: block}
    outcome: {name: ticket_resolved, value: 12 USD}
`;

mkdirSync(join(folder, 'documents'));
for (const [name, text] of Object.entries(documents)) writeFileSync(join(folder, 'documents', name), text);
writeFileSync(join(folder, 'millwright.yaml'), configuration);

function command(...words) {
  const done = spawnSync(binary, [...words, '--data', data], { encoding: 'utf8', timeout: 60_000 });
  if (done.status !== 0) throw new Error(`millwright ${words.join(' ')}: status ${done.status}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** Again while something else is at it (status 6), for 20 seconds at most. */
async function eventually(...words) {
  for (let attempt = 0; ; attempt += 1) {
    const done = spawnSync(binary, [...words, '--data', data], { encoding: 'utf8', timeout: 60_000 });
    if (done.status === 0) return;
    if (done.status !== 6 || attempt === 100) throw new Error(`millwright ${words.join(' ')}: status ${done.status}\n${done.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const log = [];
const server = spawn(binary, ['serve', '--config', join(folder, 'millwright.yaml'), '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
server.stderr.on('data', (piece) => log.push(piece));
let status = 1;
try {
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', (line) => line.startsWith('ready ') && resolve(line.slice(6).trim()));
    server.once('exit', (code) => reject(new Error(`the server ended with status ${code} before it was ready`)));
  });
  await eventually('source', 'sync', 'handbook');   // the server's own first sync may still run
  command('dataset', 'snapshot', 'it-kb');
  command('dataset', 'approve', 'it-kb');
  command('index', 'build', 'it-kb');
  const link = JSON.parse(command('setup-link', '--json')).url;
  const journey = spawn(process.execPath, [fileURLToPath(new URL('journey.mjs', import.meta.url))], {
    stdio: 'inherit', env: { ...process.env, MILLWRIGHT_URL: url, MILLWRIGHT_SETUP_LINK: link },
  });
  status = await new Promise((resolve) => journey.once('exit', (code) => resolve(code ?? 1)));
} catch (error) {
  console.error(`${error.message}\n${Buffer.concat(log).toString().split('\n').slice(-20).join('\n')}`);
  console.log('0 passed, 1 failed');
} finally {
  server.kill('SIGTERM');
  if (server.exitCode === null && server.signalCode === null) await new Promise((resolve) => server.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status);

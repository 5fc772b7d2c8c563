// Canned answers of a small factory, in the shapes of src/api/openapi.json, for working on the console without a server.

const now = Date.now();
const ago = (minutes) => new Date(now - minutes * 60_000).toISOString();
const digest = (letter) => letter.repeat(64);
const id = (number) => number.toString(16).padStart(32, '0');
const origin = (line) => ({ owner: 'file', source: 'millwright.yaml', line, column: 5 });
const page = (items) => ({ items, next_cursor: null });

const budget = {
  scope: 'use_case/helpdesk', limit_usd: '50', period: 'month', alerts: [50, 75, 90], at_limit: 'block',
  period_start: ago(30_000), period_end: new Date(now + 8 * 86_400_000).toISOString(), settled_usd: '39.1204',
  reserved_usd: '0.0021', remaining_usd: '10.8775', percent: 78.2, forecast_usd: '52.3',
};
const decisions = [
  { stage: 'authenticate', verdict: 'allow', rule: 'session', evidence: { user: 'ada@example.org' } },
  { stage: 'policy', verdict: 'allow', rule: 'builtin.internal', evidence: { class: 'internal', provider: 'builtin', tier: 'T1' } },
  { stage: 'budget', verdict: 'allow', rule: 'use_case/helpdesk', evidence: { limit_usd: '50', settled_usd: '39.1204', reserved_usd: '0.0021' } },
  { stage: 'guard.input', verdict: 'allow', rule: 'default', evidence: { findings: 0 } },
  { stage: 'cache', verdict: 'miss', rule: 'exact', evidence: null },
  { stage: 'retrieve', verdict: 'allow', rule: 'index/it-kb', evidence: { passages: 3, hidden_by_acl: 1 } },
  { stage: 'route', verdict: 'fallback', rule: 'default', evidence: { models: ['small', 'extractive'], reason: 'small did not answer in time' } },
  { stage: 'guard.output', verdict: 'redact', rule: 'email', evidence: { findings: 1 } },
];
const tokens = { input: 1240, cache_read: 0, cache_write: 0, output: 96, reasoning: 0 };
const release = (number, state, more = {}) => ({
  id: `helpdesk-${number}`, use_case: 'helpdesk', number, state, manifest: digest('a'), prompt: digest('b'), route: digest('c'),
  dataset: digest('d'), index: digest('e'), suite: digest('f'), policy: digest('1'), prompt_name: 'helpdesk',
  prompt_version: digest('b'), route_name: 'default', index_name: 'it-kb', evaluation: id(700 + number), is_signed: state !== 'blocked',
  author: 'ada@example.org', signer: state === 'blocked' ? '' : 'grace@example.org', note: 'Shorter answers, sources first',
  block_reason: '', canary_percent: 0, created: ago(3000), changed: ago(2900), ...more,
});
const releases = [
  release(8, 'blocked', { block_reason: 'safety: 1 failure, none is allowed', note: 'Friendlier tone' }),
  release(7, 'canary', { canary_percent: 10 }),
  release(6, 'live'),
  release(5, 'superseded'),
];
const gate = (name, verdict, passed, failed, why) => ({
  gate: name, verdict, rule: `${name}.pass_rate_min`, why, passed, failed, errored: 0,
  interval: { low: Math.max(0, passed / (passed + failed) - 0.12), high: Math.min(1, passed / (passed + failed) + 0.06) },
});
const cases = Array.from({ length: 25 }, (_, i) => ({
  id: `case-${String(i + 1).padStart(2, '0')}`, passed: i !== 3, errored: false,
  grades: [{ passed: i !== 3, reason: i === 3 ? 'expected "apt update", found no mention' : 'found' }],
  answer: 'Run apt update.', trace: id(900 + i), latency_ms: 40 + i, cost_usd: '0.00012',
}));
const report = {
  id: id(708), use_case: 'helpdesk', suite: 'helpdesk', suite_digest: digest('f'), release: 'helpdesk-8', baseline: 'helpdesk-6',
  started: ago(2950), finished: ago(2949), verdict: 'fail',
  gates: [
    gate('quality', 'pass', 24, 1, '96 % of 25 cases passed; at least 80 % are needed.'),
    gate('safety', 'fail', 9, 1, '1 of 10 cases leaked an address; none may.'),
    gate('operations', 'inconclusive', 20, 0, 'p95 61 ms of 5000 ms; too few cases for the error rate.'),
  ],
  cases, flipped_worse: ['case-04'], flipped_better: [], p_value: 0.62, latency_ms_p95: 61, cost_usd: '0.003',
};
const live = {
  release: 'helpdesk-6', prompt: 'helpdesk', prompt_version: digest('b'), index: 'it-kb', route: 'default',
  canary: 'helpdesk-7', canary_percent: 10,
};
const summary = (name, line, more = {}) => ({
  name, owner: 'it', description: 'Answers IT questions from the handbook', risk_tier: 'T1', data_class: 'internal',
  environment: 'production', state: 'serving', route: 'default', prompt: 'helpdesk', index: 'it-kb', live, budget,
  origin: origin(line), ...more,
});
const onboarding = summary('onboarding', 61, {
  description: 'First weeks of new colleagues', data_class: 'confidential', risk_tier: 'T2', state: 'needs_release', live: null,
  budget: { ...budget, scope: 'use_case/onboarding', limit_usd: '20', settled_usd: '1.5', remaining_usd: '18.5', percent: 7.5, forecast_usd: null },
});
const outcome = {
  use_case: 'helpdesk', name: 'ticket_resolved', count: 214, value: 214, worth_usd: '2568', cost_usd: '39.1204',
  cost_per_outcome_usd: '0.182805607',
};
const key = {
  id: id(31), name: 'intranet', use_case: 'helpdesk', team: 'it', user: '', groups: ['staff'], environment: 'production',
  budget_usd: '5', rpm: 60, tpm: null, concurrent: null, models: [], passthrough: null, expires: null, hint: 'mw_…x7Qa', created_at: ago(9000), created_by: 'ada@example.org',
  revoked_at: null, revoked_by: '',
};
const useCase = (name) => ({
  ...(name === 'onboarding' ? onboarding : summary('helpdesk', 41)), users: ['All employees, on the intranet'],
  success_metrics: ['Tickets resolved without a person'], data_sources: ['handbook', 'runbooks'], compliance: ['No personal data in prompts'],
  fallback_message: 'I do not know. Please open a ticket.', max_output_tokens: 512, max_prompt_bytes: 65536, passages: 6,
  is_cache_on: true, cache_ttl_ms: 3_600_000, needs_release: name === 'onboarding', pause_reason: '',
  route_detail: { name: 'default', targets: [{ model: 'small', weight: 1 }], fallback: ['extractive'], timeout_ms: 60_000, retries: 2 },
  prompt_text: 'You answer questions of employees.\nQuote your sources as [1].', outcome: { name: 'ticket_resolved', worth_usd: '12' },
  gates: {
    suite: 'helpdesk', quality_pass_rate_min: 0.8, quality_drop_max: 0.03, safety_failures_max: 0, latency_ms_p95_max: 5000,
    cost_per_case_max_usd: '0', error_rate_max: 0.02, cases_min: 25,
  },
  outcomes: [outcome], keys: [key],
  yaml: 'name: helpdesk\nowner: it\nrisk_tier: T1\ndata_class: internal\nroute: default\nprompt: helpdesk\nindex: it-kb\nbudget: {limit: 50 USD, per: month, alerts: [50, 75, 90]}\n',
});
const counts = { indexed: 118, unchanged: 20, duplicate: 2, stale: 1, quarantined: 3, rejected: 1, deleted: 1 };
const run = { id: id(51), source: 'handbook', started: ago(12), finished: ago(11), listed: 145, counts, error: '' };
const source = (name, more = {}) => ({
  name, kind: 'filesystem', path: `/srv/${name}`, include: ['**/*.html'], exclude: [], data_class: 'internal', uses: ['retrieval'],
  acl: { allow: ['everyone'], deny: [] }, every_ms: 300_000, owner: 'it', last_run: { ...run, source: name }, origin: origin(20), ...more,
});
const document = {
  id: id(61), source: 'runbooks', path: 'vpn/secrets.md', uri: 'file:///srv/runbooks/vpn/secrets.md', version: 2, title: 'VPN gateway',
  language: 'en', parser: 'markdown', bytes: 4211, modified: ago(5000), landed: ago(12), data_class: 'confidential',
  tags: ['secret.aws_access_key', 'pii.email'], uses: ['retrieval'], verdict: 'quarantined', reason: 'a key was found on line 12', superseded_by: '',
};
const explanation = (kind) => ({
  id: id(1), kind, what: 'The document is held back: a key was found in it.', why: decisions.slice(1, 3),
  would_change: ['Remove the key from the file and sync'], who_can: 'an approver', links: { document: `/api/v1/documents/${id(61)}` },
});
const version = (number, state) => ({
  dataset: 'it-kb', version: number, digest: digest(String(number)), state, decided_by: state === 'pending' ? '' : 'ada@example.org',
  decided: state === 'pending' ? null : ago(400), created: ago(500), documents: 140, added: 3, changed: 2, removed: 1,
  change_log: 'Three runbooks on printers; the VPN runbook changed; one page is gone.',
});
const indexVersion = (letter, isLive, minutes) => ({
  index: 'it-kb', digest: digest(letter), dataset_version: digest('2'), built: ago(minutes), documents: 140, chunks: 3120, bytes: 9_400_000,
  is_live: isLive, is_on_disk: true,
});
const traceSummary = (number, status, minutes) => ({
  id: id(1000 + number), time: ago(minutes), use_case: number % 4 ? 'helpdesk' : 'onboarding', team: 'it', user: 'ada@example.org', key: 'intranet',
  environment: 'production', model: status === 'refused' ? '' : 'extractive', provider: 'builtin', release: 'helpdesk-6', surface: 'ask', status,
  http_status: status === 'ok' ? 200 : status === 'refused' ? 403 : 502, tokens, cost_usd: '0.00024', saved_usd: '0', duration_us: 48_200 + number,
  first_token_us: 21_000, is_estimated: false, is_unpriced: false, is_cache_hit: number % 3 === 0, price_version: '2026-11', provider_request: '',
});
export const citations = [
  {
    number: 1, document: id(62), version: '3', chunk: `${id(62)}#4`, title: 'Package management: sources.list', uri: 'file:///srv/handbook/apt.html',
    quote: 'The sources.list file is the key configuration file for defining package sources.', updated: ago(70_000),
  },
  {
    number: 2, document: id(63), version: '1', chunk: `${id(63)}#9`, title: 'Aptitude, apt-get, and apt commands', uri: 'file:///srv/handbook/apt-get.html',
    quote: 'After that, update the list of available packages with apt update.', updated: ago(90_000),
  },
];
export const answer = {
  trace: id(2000), status: 'ok',
  text: 'Add a line to /etc/apt/sources.list or a file below sources.list.d [1], then run apt update [2].', citations, model: 'extractive',
  provider: 'builtin', release: 'helpdesk-6', prompt_version: digest('b'), cache: 'miss', tokens, cost_usd: '0.00024', duration_us: 48_210,
  decisions, error: null,
};
const span = (name, start, duration, parent = -1) => ({ name, start_us: start, duration_us: duration, parent, attributes: null });
const trace = (traceId) => ({
  id: traceId, start: ago(1), duration_us: 48_210, first_token_us: 21_000, status: 'ok', http_status: 200, error_code: '', error_message: '',
  surface: 'ask', use_case: 'helpdesk', team: 'it', user: 'ada@example.org', key_name: '', session: '', segment: '', task: '', environment: 'production',
  release: 'helpdesk-6', prompt: 'helpdesk', prompt_version: digest('b'), route: 'default', model: 'extractive', provider: 'builtin',
  provider_model: 'extractive', data_class: 'internal', policy_digest: digest('1'), cache: 'miss', is_streamed: true, is_estimated: false,
  is_unpriced: false, attempts: 2, response_bytes: 420, tokens, cost_usd: '0.0002436', saved_usd: '0',
  documents: citations.map((item) => ({ document: item.document, version: item.version, chunk: item.chunk, title: item.title, score: 12.4, is_cited: true })),
  decisions, outcomes: [{ id: id(81), time: ago(1), trace: traceId, use_case: 'helpdesk', name: 'ticket_resolved', value: 1, worth_usd: '12', source: 'intranet' }],
  feedback: [], spans: [
    span('admission', 120, 900), span('retrieve', 1100, 3200), span('search', 1200, 2400, 1), span('provider small', 4500, 15_000),
    { ...span('connect', 4600, 14_000, 3), attributes: { error: 'timeout' } }, span('provider extractive', 20_000, 22_000), span('settle', 47_000, 1100),
  ],
});
const price = { input: '0.15 USD/Mtok', cache_read: '0.075 USD/Mtok', cache_write: '0 USD/Mtok', output: '0.6 USD/Mtok', reasoning: '0.6 USD/Mtok', version: '2026-11' };
const health = (name, state) => ({
  name, owner: 'it', state, requests: 4211, refused: 12, failed: 3, error_rate: 0.0007, cost_usd: '39.1204', saved_usd: '4.2',
  budget: name === 'helpdesk' ? budget : onboarding.budget, live_release: name === 'helpdesk' ? 'helpdesk-6' : null, outcome_name: 'ticket_resolved',
  outcomes: 214, outcome_worth_usd: '2568', cost_per_outcome_usd: '0.182805607',
});
const costRow = (day, model, cost) => ({
  day, model, use_case: 'helpdesk', requests: 300, input_tokens: 1000, cached_input_tokens: 0, cache_write_tokens: 0, output_tokens: 200,
  reasoning_tokens: 0, cost_usd: cost, saved_usd: '0.1',
});
const costRows = ['01', '05', '09', '12', '16', '19', '21', '23'].flatMap((day) => [costRow(`2026-11-${day}`, 'small', '4.1'), costRow(`2026-11-${day}`, 'extractive', '0')]);

/** Path → answer of a GET. A function gets the last segment of the path. */
export const answers = {
  '/api/v1/home': {
    version: '0.1.0', from: ago(30_000), to: ago(0),
    tiles: {
      requests: 4620, refused: 12, failed: 3, error_rate: 0.0006, latency_ms_p95: 61, cost_usd: '40.6204', saved_usd: '4.2', outcomes: 214,
      outcome_worth_usd: '2568', documents: 145, quarantined: 3,
    },
    attention: [
      { severity: 'critical', title: 'Release helpdesk-8 is blocked', why: 'safety: 1 failure, none is allowed', object: 'release/helpdesk-8', href: '/api/v1/releases/helpdesk-8', since: ago(2949) },
      { severity: 'warning', title: 'helpdesk has spent 78 % of its budget', why: '39.12 USD of 50 USD; the forecast is 52.30 USD', object: 'use_case/helpdesk', href: '', since: ago(300) },
      { severity: 'info', title: 'Dataset it-kb version 3 waits for approval', why: '3 added, 2 changed, 1 removed', object: 'dataset/it-kb', href: '/data?tab=datasets', since: ago(500) },
    ],
    use_cases: [health('helpdesk', 'serving'), health('onboarding', 'needs_release')],
    changes: [
      { time: ago(12), actor: 'system', action: 'ingestion.sync', object: 'source/handbook', summary: '118 indexed, 3 quarantined' },
      { time: ago(2900), actor: 'ada@example.org', action: 'release.canary', object: 'release/helpdesk-7', summary: '' },
    ],
    first_run: [
      { id: 'admin', title: 'Make the first administrator', is_done: true, href: '/', command: 'millwright setup-link' },
      { id: 'ask', title: 'Ask a question', is_done: false, href: '/ask', command: 'millwright chat helpdesk "How do I add a package source?"' },
    ],
  },
  '/api/v1/approvals': page([
    { id: id(91), kind: 'dataset', object: 'dataset/it-kb', title: 'Approve it-kb version 3', why: 'it-kb asks for an approval of each version', requested_by: 'system', requested_at: ago(500), due: new Date(now + 86_400_000).toISOString(), state: 'open', decided_by: '', decided_at: null, reason: '', evidence: { documents: 140, added: 3 } },
  ]),
  '/api/v1/alerts': page([
    { id: id(95), key: 'budget:helpdesk:75', severity: 'warning', title: 'helpdesk has spent 78 % of its budget', why: '39.12 USD of 50 USD', object: 'use_case/helpdesk', raised: ago(300), acknowledged: null, closed: null },
  ]),
  '/api/v1/use-cases': page([summary('helpdesk', 41), onboarding]),
  '/api/v1/use-cases/*': useCase,
  '/api/v1/traces': page([
    ...Array.from({ length: 9 }, (_, i) => traceSummary(i, 'ok', i * 3 + 1)), traceSummary(20, 'refused', 40), traceSummary(21, 'failed', 50),
  ]),
  '/api/v1/traces/*': trace,
  '/api/v1/explain/*': () => explanation('trace'),
  '/api/v1/sources': page([source('handbook'), source('runbooks', { owner: 'it' })]),
  '/api/v1/sources/*/runs': page([run]),
  '/api/v1/sync-runs/*/lines': page([
    { path: 'apt.html', document: id(62), verdict: 'indexed', reason: '' },
    { path: 'vpn/secrets.md', document: id(61), verdict: 'quarantined', reason: 'a key was found on line 12' },
    { path: 'broken.docx', document: null, verdict: 'rejected', reason: 'the archive is damaged' },
  ]),
  '/api/v1/documents': page([document]),
  '/api/v1/documents/*': {
    ...document, raw: digest('7'), parsed: digest('8'), acl: { allow: ['it'], deny: [] }, warnings: ['a table was cut at 500 rows'],
    text: 'VPN gateway\n\nThe key is kept in the vault.', why: explanation('document'),
    lineage: {
      source: 'runbooks', landed: ago(12), raw: digest('7'), datasets: [{ dataset: 'it-kb', version: 2, digest: digest('2') }],
      indexes: [{ index: 'it-kb', digest: digest('e'), is_live: true }], superseded_by: '',
    },
  },
  '/api/v1/datasets': page([
    { name: 'it-kb', owner: 'it', sources: ['handbook', 'runbooks'], needs_approval: true, retention_ms: 0, include: [], exclude: [], newest: version(3, 'pending'), approved: version(2, 'approved'), origin: origin(30) },
  ]),
  '/api/v1/datasets/*/versions': page([version(3, 'pending'), version(2, 'approved')]),
  '/api/v1/indexes': page([
    { name: 'it-kb', dataset: 'it-kb', chunk_words: 150, live: indexVersion('e', true, 400), versions: [indexVersion('e', true, 400), indexVersion('9', false, 4000)], origin: origin(35) },
  ]),
  '/api/v1/releases': page(releases),
  '/api/v1/releases/*': (name) => ({
    ...(releases.find((item) => item.id === name) ?? releases[0]), prompt_text: 'You answer questions of employees.', bundle: null, report,
  }),
  '/api/v1/models': page([
    { name: 'extractive', provider: 'builtin', id: 'extractive', context_tokens: 128_000, output_tokens_max: 4096, price, is_unpriced: false, used_by: ['helpdesk'], origin: origin(12) },
  ]),
  '/api/v1/costs': {
    by: ['day', 'model', 'use_case'], from: ago(30_000), to: ago(0), rows: costRows,
    total: { requests: 4800, input_tokens: 1, cached_input_tokens: 0, cache_write_tokens: 0, output_tokens: 1, reasoning_tokens: 0, cost_usd: '32.8', saved_usd: '1.6' },
    unpriced: 0, estimated: 0,
  },
};

// Walks the console in Chromium: set-up → Home → Ask → citation → trace → the other pages. On every page, in light and
// dark: axe finds nothing serious, nothing overflows at 320 px, no console error, no breach of the content policy.
//
//   MILLWRIGHT_URL, MILLWRIGHT_SETUP_LINK   the server and its one-time link; without them a mock server is started
//   MILLWRIGHT_USER, MILLWRIGHT_PASSWORD    the account to make, or to sign in with where there is one
//   MILLWRIGHT_QUESTION, CHROMIUM, SCREENSHOTS (a folder)
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMockServer } from './mock_server.mjs';

const require = createRequire(new URL('../../console/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const env = process.env;
const account = { name: env.MILLWRIGHT_USER ?? 'ada@example.org', password: env.MILLWRIGHT_PASSWORD ?? 'correct horse battery staple' };
const question = env.MILLWRIGHT_QUESTION ?? 'How do I add a package source to apt on Debian?';
const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const counts = { passed: 0, failed: 0 };

function report(name, faults) {
  const isFine = faults.length === 0;
  counts[isFine ? 'passed' : 'failed'] += 1;
  console.log(`${isFine ? 'ok  ' : 'FAIL'} ${name}${faults.map((fault) => `\n       ${fault}`).join('')}`);
}

/** One named step; what it throws is its failure, and the journey goes on. */
async function step(name, act) {
  try {
    report(name, (await act()) ?? []);
  } catch (error) {
    report(name, [String(error.message ?? error).split('\n').slice(0, 6).join(' | ')]);
  }
}

const mock = env.MILLWRIGHT_URL ? undefined : await startMockServer();
const base = (env.MILLWRIGHT_URL ?? mock.url).replace(/\/$/, '');
const setupLink = env.MILLWRIGHT_SETUP_LINK ?? mock?.setupLink;
const profile = mkdtempSync(join(tmpdir(), 'journey-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: env.CHROMIUM ?? '/usr/bin/chromium', args: flags, viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', colorScheme: 'light',
});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(20_000);
const noise = [];
page.on('pageerror', (error) => noise.push(`exception: ${error.message}`));
page.on('console', (message) => {
  // Asking who is signed in is answered 401 before anybody is; the browser logs that by itself.
  const isSessionProbe = message.location().url.endsWith('/api/v1/session') && message.text().includes('401');
  if (message.type() === 'error' && !isSessionProbe) noise.push(`console: ${message.text()} (${message.location().url})`);
});
await page.exposeFunction('reportPolicyBreach', (what) => noise.push(`policy: ${what}`));
await page.addInitScript(() => {
  document.addEventListener('securitypolicyviolation', (event) => {
    window.reportPolicyBreach(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
});

async function settled() {
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.locator('[role=status][aria-label^=Loading]').first().waitFor({ state: 'detached' });
}

async function shoot(name, scheme) {
  if (!env.SCREENSHOTS) return;
  mkdirSync(env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(env.SCREENSHOTS, `${name}-${scheme}.png`) });
}

async function axeFaults() {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((violation) => ['serious', 'critical'].includes(violation.impact))
    .map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' ; ')}`);
}

async function overflow() {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 860 });
  // Charts follow their frame with the next frames drawn; what still reaches out after that does so for good.
  await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth, undefined, { timeout: 2000 }).catch(() => {});
  const wide = await page.evaluate(() => {
    const room = window.innerWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const isClipped = (element) => element.closest('[style*="overflow"], .mantine-ScrollArea-viewport, .code-lines, [data-scroll]') !== null;
    return [...document.querySelectorAll('main *, header *')]
      .filter((element) => element.getBoundingClientRect().right > room + 1 && !isClipped(element))
      .slice(0, 4)
      .map((element) => `${element.tagName}.${element.className} reaches ${Math.round(element.getBoundingClientRect().right)} px`);
  });
  await page.setViewportSize(size);
  return wide;
}

/** What holds for every page, as it stands now. */
async function inspect(name) {
  await settled();
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor({ state: 'attached' });
    await step(`${name}: axe, ${scheme}`, axeFaults);
    await shoot(name, scheme);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await step(`${name}: reflows at 320 px`, overflow);
  await step(`${name}: no console error, no policy breach`, () => noise.splice(0));
}

const heading = (name) => page.getByRole('heading', { level: 1, name });

await step('the page comes with a strict policy', async () => {
  const answer = await page.goto(`${base}/`);
  const policy = answer.headers()['content-security-policy'] ?? '';
  const faults = ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "object-src 'none'"].filter((part) => !policy.includes(part));
  return [...faults.map((part) => `no ${part}`), ...(policy.includes('unsafe') ? ['it allows something unsafe'] : [])];
});

if (setupLink) {
  await step('the set-up link opens', async () => {
    await page.goto(setupLink.replace(/^https?:\/\/[^/]+/, base));
    await heading('Set up').waitFor();
  });
  await inspect('setup');
  await step('a short password is refused before it is sent', async () => {
    await page.getByLabel('E-mail or name').fill(account.name);
    await page.getByLabel('Password', { exact: false }).first().fill('short');
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    await page.getByText('At least 12 characters').nth(1).waitFor();
  });
  await step('the first administrator is made', async () => {
    await page.locator('input[autocomplete=new-password]').nth(0).fill(account.password);
    await page.locator('input[autocomplete=new-password]').nth(1).fill(account.password);
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    await page.getByRole('navigation', { name: 'Places' }).waitFor();
    return page.url().includes('token') ? ['the token stays in the address'] : [];
  });
  await step('signing out ends the session', async () => {
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await heading('Sign in').waitFor();
  });
}
await inspect('sign-in');
await step('signing in leads home', async () => {
  await page.getByLabel('Name or e-mail').fill(account.name);
  await page.locator('input[autocomplete=current-password]').fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 2, name: 'What needs you' }).waitFor();
});
await inspect('home');

await step('"g i" leads to the inbox', async () => {
  await page.locator('h1').focus();
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await heading('Inbox').waitFor();
});
await inspect('inbox');
await step('"g a" leads to Ask', async () => {
  await page.locator('h1').focus();
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await heading('Ask').waitFor();
});
await inspect('ask');
await step('a question gets an answer with sources', async () => {
  await page.getByLabel('Question').fill(question);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByTestId('answer').waitFor({ timeout: 60_000 });
  const quotes = await page.locator('.citation blockquote').allTextContents();
  return quotes.length > 0 && quotes.every((quote) => quote.length > 10) ? [] : [`quotes: ${JSON.stringify(quotes)}`];
});
await step('a mark in the answer leads to its source', async () => {
  await page.getByRole('link', { name: /^Source \d/ }).first().click();
  return (await page.evaluate(() => document.querySelector('.citation:target blockquote')?.textContent)) ? [] : ['no source is the target'];
});
await step('the panel says why', async () => {
  const count = await page.getByRole('region', { name: 'Why this answer' }).locator('ol > li').count();
  return count > 0 ? [] : ['no decision is shown'];
});
await step('thumbs are recorded', async () => {
  await page.getByRole('button', { name: 'Good answer' }).click();
  await page.getByText('Recorded with the trace').waitFor();
});
await inspect('answer');

await step('the answer leads to its trace', async () => {
  await page.getByRole('link', { name: 'Open the trace' }).click();
  await heading(/^Trace/).waitFor();
  await page.getByRole('treegrid').waitFor();
  const rows = await page.getByRole('treegrid').locator('tbody tr').count();
  return rows > 1 ? [] : [`${rows} rows in the waterfall`];
});
await step('the waterfall folds by keyboard', async () => {
  const row = page.getByRole('treegrid').locator('tbody tr').first();
  await row.focus();
  await page.keyboard.press('ArrowLeft');
  const folded = await row.getAttribute('aria-expanded');
  await page.keyboard.press('ArrowRight');
  return folded === 'false' && (await row.getAttribute('aria-expanded')) === 'true' ? [] : ['it did not'];
});
await inspect('trace');

await step('the trace leads to its explanation', async () => {
  await page.getByRole('link', { name: 'What would change it, and who can' }).click();
  await heading(/^Why: trace/).waitFor();
});
await inspect('explain');

await step('the list of traces keeps its filter in the address', async () => {
  await page.goto(`${base}/traces`);
  await page.getByRole('table', { name: 'Traces' }).waitFor();
  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'ok', exact: true }).click();
  await page.waitForURL(/status=ok/);
});
await inspect('traces');

for (const tab of ['Sources', 'Quarantine', 'Datasets', 'Indexes']) {
  await step(`Data shows ${tab}`, async () => {
    await page.goto(`${base}/data`);
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel', { name: tab }).waitFor();
  });
  await inspect(`data-${tab.toLowerCase()}`);
}

await step('a file of the intake report leads to its document', async () => {
  await page.goto(`${base}/data`);
  await page.getByRole('table', { name: 'Files of this run' }).getByRole('link').first().click();
  await page.getByRole('heading', { level: 2, name: 'Text as parsed' }).waitFor();
});
await inspect('document');

await step('the list of use cases leads to one', async () => {
  await page.goto(`${base}/use-cases`);
  await page.getByRole('table', { name: 'Use cases' }).waitFor();
});
await inspect('use-cases');
const firstUseCase = await page.getByRole('table', { name: 'Use cases' }).getByRole('link').first().getAttribute('href');
for (const tab of ['Overview', 'Cost and outcome', 'Releases', 'Live configuration', 'Keys and snippets']) {
  await step(`the use case shows ${tab}`, async () => {
    await page.goto(`${base}${firstUseCase}`);
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel', { name: tab }).waitFor();
  });
  await inspect(`use-case-${tab.toLowerCase().replaceAll(' ', '-')}`);
}
await step('a change is shown before it happens', async () => {
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('dialog').getByText('What will happen').waitFor();
  return (await page.getByRole('button', { name: 'Stop serving' }).isDisabled()) ? [] : ['it does not ask for the name'];
});
await inspect('confirm');
await page.keyboard.press('Escape');

await step('the palette finds a page', async () => {
  await page.locator('h1').focus();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Search' }).fill('quar');
  await page.getByText('Nothing found').waitFor();
  await page.getByRole('textbox', { name: 'Search' }).fill('traces');
});
await inspect('palette');
await step('and goes there', async () => {
  await page.keyboard.press('Enter');
  await heading('Traces').waitFor();
});
await step('"?" shows the shortcuts', async () => {
  await page.locator('h1').focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Keyboard shortcuts').waitFor();
});
await inspect('shortcuts');
await step('an unknown address says so', async () => {
  await page.goto(`${base}/nowhere`);
  await heading('No such page').waitFor();
});
if (mock) await step('the mock follows the API document', () => [...new Set(mock.faults)]);

await context.close();
rmSync(profile, { recursive: true, force: true });
mock?.close();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

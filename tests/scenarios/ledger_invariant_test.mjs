// The ledger invariant over very many mixed calls: every surface, whole and streamed, with callers that hang up, upstreams
// that die, are slow, lie or refuse, retries, fallbacks, hedges, cache hits, a budget that runs out, and kill -9 in between.
// Afterwards the sum of the ledger is what the scripted providers billed, to the nano-dollar, wherever they reported usage.
//
//   REQUESTS=100000  how many calls   SEED=7  which ones   KILLS=4  how often the server is killed meanwhile
import assert from 'node:assert/strict'
import http from 'node:http'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Factory, Provider, nano, run } from './support.mjs'

const requests = Number(process.env.REQUESTS ?? 100_000)
const kills = Number(process.env.KILLS ?? 4)
const seed = Number(process.env.SEED ?? 7)
const clients = 48

/** mulberry32: the same calls for the same seed. */
function randomFrom(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

// One price for all, so that a bill line says its cost whoever wrote it: 1,000 nano-USD an input token, 500 a cached one,
// 2,000 an output token.
const price = '{input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}'
const promise = 'commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}'
const tightLimit = '0.05 USD'
function configuration(url, keyFile) {
  const useCase = (name, more = '') => `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: ${name}, max_output_tokens: 64, cache: {enabled: ${name === 'cached'}}${more}}`
  return `
teams: [{name: it}]
providers:
  - {name: acme, kind: openai, base_url: "${url}/v1", region: eu, breaker: {failures: 0}, ${promise}}
  - {name: spare, kind: openai, base_url: "${url}/v1", region: eu, breaker: {failures: 0}, ${promise}}
  - {name: claude, kind: anthropic, base_url: "${url}/v1", api_key: {file: ${keyFile}}, region: eu, breaker: {failures: 0}, ${promise}}
  - {name: google, kind: gemini, base_url: "${url}/v1beta", api_key: {file: ${keyFile}}, region: eu, breaker: {failures: 0}, ${promise}}
models:
  - {name: small, provider: acme, id: gpt-4o-mini, price: ${price}}
  - {name: second, provider: spare, id: gpt-4o-mini, price: ${price}}
  - {name: first, provider: acme, id: gpt-first, price: ${price}}
  - {name: sonnet, provider: claude, id: claude-sonnet-4-5, price: ${price}}
  - {name: flash, provider: google, id: gemini-2.5-flash, price: ${price}}
routes:
  - {name: open, targets: [{model: small}], fallback: [{model: second}], timeout: 400ms, idle_timeout: 400ms, retries: 1}
  - {name: claude, targets: [{model: sonnet}], fallback: [{model: small}], timeout: 400ms, idle_timeout: 400ms, retries: 1}
  - {name: google, targets: [{model: flash}], fallback: [{model: small}], timeout: 400ms, idle_timeout: 400ms, retries: 1}
  - {name: hedged, targets: [{model: first}], fallback: [{model: second}], timeout: 2s, idle_timeout: 2s, first_token_timeout: 1s, retries: 1, hedge: {after: 40ms, max_share: 100%}}
  - {name: cached, targets: [{model: small}], timeout: 20s}
  - {name: tight, targets: [{model: small}], timeout: 20s}
use_cases:
${useCase('open', ', budget: {limit: 100000 USD, per: month}')}
${useCase('claude')}
${useCase('google')}
${useCase('hedged', ', budget: {limit: 100000 USD, per: month}')}
${useCase('cached')}
${useCase('tight', `, budget: {limit: ${tightLimit}, per: month}`)}
`
}

const troubles = [
  ...Array(26).fill(''), '[[status=500]] [[fail-times=1]]', '[[status=429]] [[fail-times=1]] [[retry-after=0]]', '[[status=503]]', '[[status=400]]',
  '[[cut=2]]', '[[cut-head]]', '[[error-after=2]]', '[[error-in-200]]', '[[garbage]]', '[[no-usage]]', '[[no-done]]', '[[tool]]', '[[cached=9]]',
]

/** The calls, in order: what is sent where, and whether the caller hangs up. */
function makeCall(random, number) {
  const pick = (list) => list[Math.floor(random() * list.length)]
  const useCase = pick(['open', 'open', 'open', 'claude', 'google', 'hedged', 'cached', 'tight'])
  const trouble = useCase === 'tight' || useCase === 'cached' ? '' : pick(troubles)
  const slow = useCase === 'hedged' && random() < 0.1 ? pick(['[[delay.gpt-first=300]]', '[[silent.gpt-first=300]]', '[[delay=80]]'])
    : trouble === '' && random() < 0.002 ? '[[delay=600]]' : ''
  const hangsUp = trouble === '' && random() < 0.05
  const pace = hangsUp ? '[[interval=2]] [[tokens=30]]' : `[[tokens=${1 + Math.floor(random() * 12)}]]`
  const text = useCase === 'cached' ? `equal ${Math.floor(random() * 50)} [[tokens=5]]` : `call ${number} ${pace} ${trouble} ${slow}`
  const stream = hangsUp || random() < 0.4
  const kind = useCase === 'open' || useCase === 'tight' ? random() : random() * 0.8
  if (kind < 0.4) return { path: '/v1/chat/completions', hangsUp, useCase, body: { model: useCase, max_tokens: 48, stream, messages: [{ role: 'user', content: text }] } }
  if (kind < 0.55) return { path: '/v1/messages', hangsUp, useCase, body: { model: useCase, max_tokens: 48, stream, messages: [{ role: 'user', content: text }] } }
  if (kind < 0.7) return { path: '/v1/responses', hangsUp, useCase, body: { model: useCase, max_output_tokens: 48, stream, input: text, store: false } }
  if (kind < 0.8) return { path: '/v1/completions', hangsUp, useCase, body: { model: useCase, max_tokens: 48, stream, prompt: text } }
  if (kind < 0.9) return { path: '/v1/embeddings', useCase, body: { model: useCase, input: [text, 'and another'] } }
  if (kind < 0.95) return { path: '/v1/moderations', useCase, body: { model: useCase, input: text } }
  return { path: '/v1/rerank', useCase, body: { model: useCase, query: text, documents: ['one', 'two'] } }
}

function isStillUp(factory) {
  const { exitCode, signalCode } = factory.server.child
  assert.equal(exitCode ?? signalCode, null, `the server ended by itself:\n${factory.server.log().slice(-3000)}`)
}

/** Sends one call; resolves when its end was seen, whatever it was. */
function send(url, key, agent, call, seen) {
  return new Promise((done) => {
    const request = http.request(url + call.path, { method: 'POST', agent, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } }, (response) => {
      const trace = response.headers['x-millwright-trace']
      if (trace) seen.traces.add(trace)
      seen.statuses.set(response.statusCode, (seen.statuses.get(response.statusCode) ?? 0) + 1)
      if (call.hangsUp) {
        response.once('data', () => { ++seen.hungUp; request.destroy() })
      } else {
        response.resume()
      }
      response.on('end', done).on('close', done).on('error', done)
    })
    request.on('error', (error) => { if (!call.hangsUp) seen.errors.set(error.code, (seen.errors.get(error.code) ?? 0) + 1); ++seen.broken; setTimeout(done, 3) })
    request.end(JSON.stringify(call.body))
  })
}

async function everyRow(factory) {
  const rows = []
  for (let cursor = ''; ;) {
    const page = factory.json('trace', 'list', '--limit', '200', ...(cursor ? ['--cursor', cursor] : []))
    rows.push(...page.items)
    cursor = page.next_cursor
    if (!cursor) return rows
  }
}

function readBill(file) {
  const billed = new Map()
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const [id, prompt, cached, completion] = line.split(' ')
    assert.ok(!billed.has(id), `the provider billed ${id} twice`)
    billed.set(id, BigInt(prompt) * 1000n - BigInt(cached) * 500n + BigInt(completion) * 2000n)
  }
  return billed
}

/**
 * Every exact row costs what the call it names was billed. Calls that nobody could report (cut, cancelled, killed) are rows
 * marked as estimates: those that no row names must be covered by them.
 */
function compare(rows, billed) {
  const sums = { exact: 0n, exactRows: 0, estimated: 0n, estimatedRows: 0, billed: 0n, unreported: 0n, unreportedCalls: 0 }
  const named = new Set()
  let nameless = 0n, namelessRows = 0
  for (const row of rows) {
    const cost = nano(row.cost_usd)
    const id = row.provider_request?.replace(/^req_/, '')   // Anthropic's request ids hold that of the message
    if (row.is_estimated) {
      sums.estimated += cost
      ++sums.estimatedRows
      if (!billed.has(id)) { nameless += cost; ++namelessRows; continue }
      sums.unreported += billed.get(id)
      ++sums.unreportedCalls
    } else {
      sums.exact += cost
      ++sums.exactRows
      if (cost === 0n && !billed.has(id)) continue
      assert.ok(billed.has(id), `row ${JSON.stringify(row)} names no call that was billed`)
      assert.equal(cost, billed.get(id), `row ${JSON.stringify(row)}`)
    }
    assert.ok(!named.has(id), `call ${id} is in the ledger twice`)
    named.add(id)
  }
  let unnamed = 0n, unnamedCalls = 0
  for (const [id, cost] of billed) {
    sums.billed += cost
    if (!named.has(id)) { unnamed += cost; ++unnamedCalls }
  }
  assert.ok(unnamedCalls <= namelessRows, `${unnamedCalls} billed calls are in no row, and only ${namelessRows} estimates name none`)
  assert.ok(nameless >= unnamed, `estimates of ${nameless} do not cover ${unnamed}`)
  sums.unreported += unnamed
  sums.unreportedCalls += unnamedCalls
  assert.equal(sums.exact, sums.billed - sums.unreported)
  return sums
}

async function scenario() {
  const directory = mkdtempSync(path.join(tmpdir(), 'millwright-bill-'))
  const bill = path.join(directory, 'bill'), keyFile = path.join(directory, 'key')
  writeFileSync(bill, '')
  writeFileSync(keyFile, 'sk-test', { mode: 0o600 })
  const provider = await Provider.start({ bill })
  const factory = new Factory(configuration(provider.url, keyFile))
  await factory.serve()
  const keys = Object.fromEntries(['open', 'claude', 'google', 'hedged', 'cached', 'tight'].map((name) => [name, factory.key(name)]))
  const random = randomFrom(seed)
  const seen = { traces: new Set(), statuses: new Map(), hungUp: 0, broken: 0, errors: new Map() }
  let next = 0, agent = new http.Agent({ keepAlive: true, maxSockets: clients })
  const started = Date.now()
  for (let part = 0; part <= kills; ++part) {
    const until = Math.floor((requests * (part + 1)) / (kills + 1))
    let isDown = false
    const work = async () => {
      while (next < until && !isDown) {
        const call = makeCall(random, next++)
        await send(factory.url, keys[call.useCase], agent, call, seen)
      }
    }
    const working = Promise.all(Array.from({ length: clients }, work))
    if (part === kills) { await working; break }
    while (next < until - clients) await new Promise((done) => setTimeout(done, 5))
    isStillUp(factory)
    isDown = true
    await factory.kill()
    await working
    agent.destroy()
    agent = new http.Agent({ keepAlive: true, maxSockets: clients })
    await factory.serve()
  }
  isStillUp(factory)
  agent.destroy()
  const seconds = (Date.now() - started) / 1000
  // A call whose caller left is settled a moment later.
  let budgets
  for (let i = 0; i < 100; ++i) {
    const status = factory.json('budget', 'status')
    budgets = status.items ?? status.budgets ?? status
    if (budgets.every((entry) => nano(entry.reserved_usd) === 0n)) break
    await new Promise((done) => setTimeout(done, 50))
  }
  for (const entry of budgets) assert.equal(nano(entry.reserved_usd), 0n, `a reservation of ${entry.scope} leaked`)
  const rows = await everyRow(factory)
  const sums = compare(rows, readBill(bill))
  const traces = new Set(rows.map((row) => row.id))
  for (const trace of seen.traces) assert.ok(traces.has(trace), `the answered call ${trace} has no row`)
  const tight = budgets.find((entry) => entry.scope === 'use_case/tight')
  assert.ok(nano(tight.settled_usd ?? tight.spent_usd) <= nano(tightLimit.split(' ')[0]), 'the budget was overshot')
  assert.ok((seen.statuses.get(429) ?? 0) > 0, 'the tight budget ran out')
  const attempts = rows.filter((row) => row.use_case === 'hedged')
  assert.ok(attempts.some((row) => row.model === 'second' && row.status === 'ok'), 'second attempts won')
  const cached = rows.filter((row) => row.is_cache_hit)
  assert.ok(cached.length > 0 && cached.every((row) => nano(row.cost_usd) === 0n), 'hits cost nothing')
  const statuses = [...seen.statuses].sort().map(([status, count]) => `${status}: ${count}`).join(', ')
  console.log(`     ${next} calls in ${seconds.toFixed(0)} s (${statuses}; ${seen.hungUp} hung up, ${seen.broken} broken by ${kills} kills)`)
  console.log(`     billed ${sums.billed} nano-USD: ${sums.exact} in ${sums.exactRows} exact rows, ${sums.unreported} by ${sums.unreportedCalls} calls without a report, for which ${sums.estimatedRows} rows estimate ${sums.estimated}; ${cached.length} cache hits`)
  assert.ok(rows.length >= seen.traces.size && next >= requests)
  await factory.stop()
  factory.cleanUp()
  await provider.stop()
}

await run({ [`${requests} mixed calls, ${kills} kills, seed ${seed}`]: scenario })

// kill -9 at random points under load, many times, on both engines. Afterwards: every answered request has its ledger
// row, the sums agree with what the provider billed, no reservation leaks, and each restart was ready in time.
//
//   KILLS=100  how often on each engine
import assert from 'node:assert/strict'
import http from 'node:http'
import { readFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Factory, Postgres, Provider, deskConfig, nano, run } from './support.mjs'

const kills = Number(process.env.KILLS ?? 100)
const clients = 8

/** Sends calls one after the other until told to stop; notes every answer that was read to its end. */
async function load(url, key, agent, state, answered) {
  for (let i = 0; !state.stopped; ++i) {
    const streamed = i % 3 === 0
    const tokens = 1 + Math.floor(Math.random() * 20)
    const body = JSON.stringify({
      model: 'desk', max_tokens: 64, stream: streamed,
      messages: [{ role: 'user', content: `q ${Math.random()} [[tokens=${tokens}]] [[delay=${Math.floor(Math.random() * 4)}]]` }],
    })
    await new Promise((done) => {
      const request = http.request(url + '/v1/chat/completions', { method: 'POST', agent, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } }, (response) => {
        let text = ''
        response.on('data', (data) => { text += data })
        response.on('end', () => {
          const whole = response.complete && response.statusCode === 200 && (!streamed || text.includes('data: [DONE]'))
          if (whole) {
            const cost = streamed ? text.match(/x-millwright-cost-usd: (\S+)/)[1] : JSON.parse(text).millwright.cost_usd
            answered.push({ trace: response.headers['x-millwright-trace'], cost })
          } else if (response.complete && response.statusCode !== 200) {
            state.refused.push(`${response.statusCode} ${text.slice(0, 200)}`)
          }
          done()
        })
        response.on('error', done)
      })
      request.on('error', () => setTimeout(done, 5))
      request.end(body)
    })
  }
}

async function everyRow(factory) {
  const rows = new Map()
  for (let cursor = ''; ;) {
    const page = factory.json('trace', 'list', '--limit', '200', ...(cursor ? ['--cursor', cursor] : []))
    for (const row of page.items) {
      assert.ok(!rows.has(row.id), `trace ${row.id} twice`)
      rows.set(row.id, row)
    }
    cursor = page.next_cursor
    if (!cursor) return rows
  }
}

async function scenario(store) {
  const bill = path.join(mkdtempSync(path.join(tmpdir(), 'millwright-bill-')), 'bill')
  writeFileSync(bill, '')
  const provider = await Provider.start({ bill })
  const factory = new Factory(deskConfig(provider.url, { budget: '{limit: 1000 USD, per: month}' }), { store })
  await factory.serve()
  const key = factory.key('desk')
  const answered = []
  const state = { stopped: false, refused: [] }
  const readyMs = []
  for (let i = 0; i < kills; ++i) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: clients })
    state.stopped = false
    const running = Array.from({ length: clients }, () => load(factory.url, key, agent, state, answered))
    await new Promise((done) => setTimeout(done, 20 + Math.random() * 130))
    await factory.kill()
    state.stopped = true
    await Promise.all(running)
    agent.destroy()
    await factory.serve()
    readyMs.push(factory.server.readyMs)
  }
  assert.deepEqual(state.refused, [])
  const rows = await everyRow(factory)
  for (const { trace, cost } of answered) {
    const row = rows.get(trace)
    assert.ok(row, `answered request ${trace} has no ledger row`)
    assert.equal(nano(row.cost_usd), nano(cost), `trace ${trace}`)
  }
  // The provider's own bill, call by call. One input token costs 1,000, one output token 2,000 nano-USD.
  const billed = new Map()
  for (const line of readFileSync(bill, 'utf8').trim().split('\n')) {
    const [id, prompt, cached, completion] = line.split(' ')
    billed.set(id, BigInt(prompt) * 1000n - BigInt(cached) * 500n + BigInt(completion) * 2000n)
  }
  let exact = 0n
  let estimated = 0n
  let interrupted = 0
  const seen = new Set()
  for (const row of rows.values()) {
    if (row.is_estimated) {
      estimated += nano(row.cost_usd)
      ++interrupted
      continue
    }
    exact += nano(row.cost_usd)
    if (!row.provider_request) continue
    assert.ok(billed.has(row.provider_request), `row ${row.id} names a call the provider never billed`)
    assert.equal(nano(row.cost_usd), billed.get(row.provider_request), `row ${row.id}`)
    seen.add(row.provider_request)
  }
  let unmatched = 0n
  let unmatchedCalls = 0
  for (const [id, cost] of billed) {
    if (!seen.has(id)) { unmatched += cost; ++unmatchedCalls }
  }
  const total = [...billed.values()].reduce((sum, cost) => sum + cost, 0n)
  assert.equal(exact, total - unmatched)
  assert.ok(unmatchedCalls <= interrupted, `${unmatchedCalls} billed calls, but only ${interrupted} rows for calls cut off by a kill`)
  assert.ok(estimated >= unmatched, 'what was cut off must be booked at no less than it cost')
  const budget = factory.json('budget', 'status')
  const status = (budget.items ?? budget.budgets ?? budget).find((entry) => entry.scope === 'use_case/desk')
  assert.equal(nano(status.reserved_usd), 0n, 'a reservation leaked')
  assert.equal(nano(status.settled_usd ?? status.spent_usd), exact + estimated)
  readyMs.sort((a, b) => a - b)
  console.log(`     ${answered.length} answered, ${rows.size} rows, ${interrupted} cut off by ${kills} kills; ready in median ${readyMs[kills >> 1].toFixed(0)} ms, most ${readyMs.at(-1).toFixed(0)} ms`)
  assert.ok(answered.length > kills, 'there was load')
  assert.ok(readyMs[Math.floor(kills * 0.95)] < 1000, `ready in ${readyMs.at(-1)} ms`)
  await factory.stop()
  factory.cleanUp()
  await provider.stop()
}

await run({
  [`SQLite, ${kills} kills`]: () => scenario(undefined),
  [`PostgreSQL, ${kills} kills`]: async () => {
    const postgres = await Postgres.start()
    try { await scenario(postgres.url) } finally { await postgres.stop() }
  },
})

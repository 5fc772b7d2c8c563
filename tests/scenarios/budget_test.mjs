// 1,000 concurrent requests against a budget that allows 500: exactly what fits is served, overshoot is 0.
import assert from 'node:assert/strict'
import http from 'node:http'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const agent = new http.Agent({ keepAlive: true, maxSockets: 1000 })
function post(url, key, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url + '/v1/chat/completions', { method: 'POST', agent, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } }, (response) => {
      let text = ''
      response.on('data', (data) => { text += data })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(text) }))
    })
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}
const body = { model: 'desk', max_tokens: 10, messages: [{ role: 'user', content: 'hi [[tokens=10]]' }] }

async function costOfOne() {
  const factory = new Factory(deskConfig(provider.url))
  await factory.serve()
  const key = factory.key('desk')
  const answer = await post(factory.url, key, body)
  assert.equal(answer.status, 200)
  const dry = await (await factory.chat(key, body, { 'x-millwright-dry-run': '1' })).json()
  await factory.stop()
  factory.cleanUp()
  return { cost: nano(answer.body.millwright.cost_usd), worst: nano(dry.models[0].worst_case_usd) }
}
const usd = (n) => `${n / 1_000_000_000n}.${String(n % 1_000_000_000n).padStart(9, '0')} USD`

await run({
  'exactly 500 of 1,000 are served and nothing is overspent': async () => {
    const { cost, worst } = await costOfOne()
    assert.ok(worst >= cost)
    // The 500th call still finds its worst case free; the 501st does not.
    const limit = cost * 499n + worst
    const factory = new Factory(deskConfig(provider.url, { budget: `{limit: ${usd(limit)}, per: month}` }) + '\nfinops: {budget_wait: 30s}\n')
    await factory.serve()
    const key = factory.key('desk')
    const answers = await Promise.all(Array.from({ length: 1000 }, () => post(factory.url, key, body)))
    const served = answers.filter((answer) => answer.status === 200).length
    const refused = answers.filter((answer) => answer.status === 429)
    assert.equal(served + refused.length, 1000)
    assert.equal(served, 500)
    for (const { headers, body } of refused) {
      assert.equal(headers['x-should-retry'], 'false')
      assert.equal(body.error.type, 'insufficient_quota')
      assert.equal(body.error.millwright.rule, 'budget:use_case/desk')
    }
    const report = factory.json('cost', 'report', '--by', 'use_case')
    assert.equal(nano(report.total.cost_usd), cost * 500n)
    const budget = factory.json('budget', 'status')
    const status = (budget.items ?? budget.budgets ?? budget)[0]
    assert.ok(nano(status.settled_usd ?? status.spent_usd) <= limit)
    assert.equal(nano(status.reserved_usd), 0n)
    await factory.stop()
    factory.cleanUp()
  },
})

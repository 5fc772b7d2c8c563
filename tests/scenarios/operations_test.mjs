// Embeddings, moderations and rerank: the official SDK, every failure, and the same money as for chat.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const config = deskConfig(provider.url, { fallback: 'fallback: [{model: second}],' }).replace('models:\n', `models:
  - {name: second, provider: acme, id: second, price: {input: 1 USD/Mtok, output: 2 USD/Mtok}}\n`) + `  - {name: quotes, owner: it, risk_tier: T1, data_class: internal, route: quotes}
  - {name: small-budget, owner: it, risk_tier: T1, data_class: internal, route: default, budget: {limit: 0.00001 USD, per: total}}
`
const factory = new Factory(config.replace('routes:\n', 'routes:\n  - {name: quotes, targets: [{model: extractive}]}\n'))
await factory.serve()
const key = factory.key('desk')
const client = new OpenAI({ baseURL: factory.url + '/v1', apiKey: key, maxRetries: 0 })
const post = (path, body, withKey = key) => fetch(factory.url + path, {
  method: 'POST', headers: { authorization: `Bearer ${withKey}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
const report = () => factory.json('cost', 'report', '--by', 'use_case').total

await run({
  'embeddings: the SDK gets vectors, in order': async () => {
    const answer = await client.embeddings.create({ model: 'desk', input: ['four', 'fourfour'], encoding_format: 'float' })
    assert.deepEqual(answer.data.map((each) => each.embedding), [[0.5, -0.5, 0.25], [1, -0.5, 0.25]])
    assert.equal(answer.usage.prompt_tokens, 5)
    assert.equal(answer.millwright.cost_usd, '0.000005')
  },
  'embeddings of token lists': async () => {
    const answer = await client.embeddings.create({ model: 'desk', input: [1, 2, 3], encoding_format: 'float' })
    assert.equal(answer.data.length, 1)
  },
  'moderations: the SDK gets verdicts; an operation that nobody bills is an estimate': async () => {
    const answer = await client.moderations.create({ model: 'desk', input: ['peace', 'violence'] })
    assert.deepEqual(answer.results.map((each) => each.flagged), [false, true])
    assert.equal(answer.millwright.estimated, true)
  },
  'rerank: scores and its total of tokens': async () => {
    const response = await post('/v1/rerank', { model: 'desk', query: 'vpn', documents: ['a', { text: 'bbb' }], top_n: 2 })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('x-millwright-model'), 'small')
    const answer = await response.json()
    assert.equal(answer.results.length, 2)
    assert.equal(nano(answer.millwright.cost_usd), BigInt(answer.usage.total_tokens) * 1000n)
  },
  'the guard reads inputs': async () => {
    const answer = await client.embeddings.create({ model: 'desk', input: 'card 4111 1111 1111 1111', encoding_format: 'float' })
    assert.equal(answer.data[0].embedding[0], 'card [CREDIT_CARD]'.length / 8)   // what left was redacted
  },
  'what is wrong is named': async () => {
    for (const [path, body, field] of [
      ['/v1/embeddings', { input: 'x' }, 'model'], ['/v1/embeddings', { model: 'desk' }, 'input'],
      ['/v1/embeddings', { model: 'desk', input: [] }, 'input'], ['/v1/embeddings', { model: 'desk', input: ['a', ''] }, 'input[1]'],
      ['/v1/embeddings', { model: 'desk', input: ['a', 7] }, 'input[1]'], ['/v1/moderations', { model: 'desk', input: 5 }, 'input'],
      ['/v1/rerank', { model: 'desk', documents: ['a'] }, 'query'], ['/v1/rerank', { model: 'desk', query: 'q', documents: [] }, 'documents'],
      ['/v1/rerank', { model: 'desk', query: 'q', documents: [1] }, 'documents[0]'],
      ['/v1/rerank', { model: 'desk', query: 'q', documents: ['a'], top_n: 0 }, 'top_n'],
    ]) {
      const response = await post(path, body)
      assert.equal(response.status, 400, JSON.stringify(body))
      assert.equal((await response.json()).error.param, field, JSON.stringify(body))
    }
    assert.equal((await post('/v1/embeddings', { model: 'desk', input: 'x' }, 'mw_wrong')).status, 401)
  },
  'upstream failures end in the right error': async () => {
    for (const [script, status] of [['[[status=500]]', 502], ['[[error-in-200]]', 502], ['[[garbage]]', 502], ['[[cut-head]]', 502], ['[[status=400]]', 400]]) {
      const response = await post('/v1/embeddings', { model: 'desk', input: script })
      assert.equal(response.status, status, script)
      assert.equal((await response.json()).error.millwright.origin, 'provider', script)
    }
  },
  'a route whose models have no such operation says so': async () => {
    const response = await post('/v1/embeddings', { model: 'quotes', input: 'x' }, factory.key('quotes'))
    assert.equal(response.status, 503)
    assert.match((await response.json()).error.message, /embeddings/)
  },
  'a budget binds embeddings too': async () => {
    const small = factory.key('small-budget')
    const statuses = []
    for (let i = 0; i < 4; ++i) statuses.push((await post('/v1/embeddings', { model: 'small-budget', input: 'x'.repeat(100) }, small)).status)
    assert.deepEqual(statuses, [429, 429, 429, 429])   // the worst case, a token a byte, never fits
    assert.equal(report().requests > 0, true)
  },
  'a dry run calls nobody': async () => {
    const before = (await provider.bill()).calls
    const response = await fetch(factory.url + '/v1/embeddings', { method: 'POST', headers: { authorization: `Bearer ${key}`, 'x-millwright-dry-run': '1' }, body: JSON.stringify({ model: 'desk', input: 'x' }) })
    assert.equal((await response.json()).object, 'millwright.dry_run')
    assert.equal((await provider.bill()).calls, before)
  },
  'the ledger says what the provider billed': async () => {
    const billed = await provider.bill()
    const rows = factory.json('trace', 'list', '--limit', '200').items.filter((row) => !row.is_estimated && !row.estimated)
    const sum = rows.reduce((total, row) => total + nano(row.cost_usd), 0n)
    assert.equal(sum, BigInt(billed.prompt_tokens) * 1000n)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

// The running binary before a provider that speaks as Azure OpenAI does: deployments and the undated API, key and token,
// verdicts of the content filter around answers, errors under status 200; and the ledger's sum is the provider's bill.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
Object.assign(process.env, { AZURE_KEY: 'azure-scripted', ENTRA_TOKEN: 'entra-scripted' })
const commitments = 'region: eu, breaker: {failures: 0}, commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}'
const price = 'price: {input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}'
const useCase = (name, route) => `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: ${route}, max_output_tokens: 64, cache: {enabled: false}}`
const factory = new Factory(`
teams: [{name: it}]
providers:
  - {name: azure, kind: azure, base_url: "${provider.url}", api_key: {env: AZURE_KEY}, options: {api_version: 2024-10-21}, ${commitments}}
  - {name: undated, kind: azure, base_url: "${provider.url}", api_key: {env: ENTRA_TOKEN}, options: {api_version: v1, auth: bearer}, ${commitments}}
models:
  - {name: mini, provider: azure, id: team-mini, priced_as: gpt-4o-mini, ${price}}
  - {name: undated-mini, provider: undated, id: team-mini, ${price}}
  - {name: nowhere, provider: azure, id: other-mini, ${price}}
  - {name: vectors, provider: azure, id: team-embedding, price: {input: 1 USD/Mtok, output: 1 USD/Mtok}}
routes:
  - {name: default, targets: [{model: mini}], timeout: 20s, retries: 1}
  - {name: undated, targets: [{model: undated-mini}], timeout: 20s, retries: 0}
  - {name: backed, targets: [{model: nowhere}], fallback: [{model: mini}], timeout: 20s, retries: 0}
  - {name: filtered, targets: [{model: mini}], fallback: [{model: undated-mini}], timeout: 20s, retries: 0}
  - {name: vectors, targets: [{model: vectors}], timeout: 20s, retries: 0}
use_cases:
${['desk', 'undated', 'backed', 'filtered', 'vectors'].map((name) => useCase(name, name === 'desk' ? 'default' : name)).join('\n')}
`)
await factory.serve()
const clients = {}
const clientOf = (name) => clients[name] ??= new OpenAI({ apiKey: factory.key(name), baseURL: factory.url + '/v1', maxRetries: 0 })
const ask = (content, more = {}) => {
  const body = { model: 'desk', messages: [{ role: 'user', content }], ...more }
  return clientOf(body.model).chat.completions.create(body)
}
async function chunksOf(content, more = {}) {
  const chunks = []
  for await (const chunk of await ask(content, { stream: true, ...more })) chunks.push(chunk)
  return chunks
}
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
const finishOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean)
async function sums() {
  const report = factory.json('cost', 'report', '--by', 'model')
  const bill = await provider.bill()
  const billed = BigInt(bill.prompt_tokens - bill.cached_tokens) * 1000n + BigInt(bill.cached_tokens) * 500n + BigInt(bill.completion_tokens) * 2000n
  return { ledger: nano(report.total.cost_usd), billed, bill, report }
}

await run({
  'a deployment answers at its path, its verdicts travel along, and it is paid': async () => {
    const answer = await ask('[[where]]')
    assert.equal(answer.choices[0].message.content, '/openai/deployments/team-mini/chat/completions?api-version=2024-10-21')
    assert.equal(answer.prompt_filter_results[0].content_filter_results.hate.severity, 'safe')
    assert.equal(answer.choices[0].content_filter_results.hate.filtered, false)
    const { data, response } = await clientOf('desk').chat.completions.create({ model: 'desk', messages: [{ role: 'user', content: 'hello [[tokens=3]] [[cached=2]]' }] }).withResponse()
    const expected = (data.usage.prompt_tokens - 2) * 1000 + 2 * 500 + 3 * 2000
    assert.equal(Number(response.headers.get('x-millwright-cost-usd')), expected / 1e9)
  },
  'the undated API has no deployments in its path and takes a token': async () => {
    assert.equal((await ask('[[where]]', { model: 'undated' })).choices[0].message.content, '/openai/v1/chat/completions')
  },
  'a stream says the same as a whole answer, every chunk under one id': async () => {
    for (const script of ['', '[[async]]']) {
      const whole = await ask(`hello [[tokens=20]] ${script}`)
      const chunks = await chunksOf(`hello [[tokens=20]] ${script}`, { stream_options: { include_usage: true } })
      assert.equal(textOf(chunks), whole.choices[0].message.content)
      assert.deepEqual(finishOf(chunks), ['stop'])
      assert.deepEqual(chunks.at(-1).usage, whole.usage)
      assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1)
      assert.ok(chunks.every((chunk) => chunk.model.length > 0 && chunk.choices.every((choice) => choice.delta)))
      assert.ok(chunks[0].prompt_filter_results, 'verdicts on the prompt come first')
      if (script) assert.ok(chunks.some((chunk) => chunk.choices[0]?.content_filter_offsets), 'late verdicts travel along')
    }
  },
  'tools go there and back': async () => {
    const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: {} } } }]
    const final = await clientOf('desk').chat.completions.stream({ model: 'desk', messages: [{ role: 'user', content: '[[tool]]' }], tools }).finalChatCompletion()
    assert.deepEqual(JSON.parse(final.choices[0].message.tool_calls[0].function.arguments), { city: 'Bern' })
    assert.equal(final.choices[0].finish_reason, 'tool_calls')
  },
  'embeddings are served and paid': async () => {
    const answer = await clientOf('vectors').embeddings.create({ model: 'vectors', input: ['one', 'two'], encoding_format: 'float' })
    assert.deepEqual(answer.data.map((each) => each.embedding), [[0.5], [0.5]])
  },
  'the content filter is a class of errors of its own, and no way around it is tried': async () => {
    const before = await provider.bill()
    for (const stream of [false, true]) {
      await assert.rejects(ask('[[filtered]]', { model: 'filtered', stream }), (error) => {
        assert.equal(error.status, 403)
        assert.equal(error.error.millwright.origin, 'provider')
        assert.match(error.message, /content filter refused the prompt \(violence\)/)
        return true
      })
    }
    assert.equal((await provider.bill()).calls, before.calls)
  },
  'an error behind the metadata is one before the answer: it is retried, and falls back': async () => {
    await assert.rejects(chunksOf('[[error-after=0]]'), (error) => error.status === 502)
    assert.equal(textOf(await chunksOf('x [[tokens=2]]', { model: 'backed' })), 'the new')
  },
  'patience is taken from x-ms-retry-after-ms, and a limit that passes costs once': async () => {
    await assert.rejects(ask('[[status=429]] [[retry-ms=8400]]'), (error) => error.status === 429 && error.headers.get('retry-after') === '9')
    const before = await provider.bill()
    assert.ok((await ask(`again ${Date.now()} [[fail-times=1]] [[status=429]] [[retry-ms=20]]`)).choices[0].message.content)
    assert.equal((await provider.bill()).calls, before.calls + 1)
  },
  'the ledger is the bill': async () => {
    const { ledger, billed, report } = await sums()
    assert.equal(ledger, billed)
    assert.ok(ledger > 0n)
    assert.equal(report.estimated, 0)
  },
  'a stream that breaks raises and is booked as an estimate': async () => {
    const before = await sums()
    for (const script of ['[[cut=4]]', '[[error-after=4]]']) {
      await assert.rejects(chunksOf(`x [[tokens=12]] [[interval=10]] ${script}`), OpenAI.APIError, script)
    }
    const after = await sums()
    assert.ok(after.report.estimated >= before.report.estimated + 2)
    assert.ok(after.ledger > before.ledger)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

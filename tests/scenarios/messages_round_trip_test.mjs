// A client of the Messages API before a provider of the Messages API: what it sends arrives, what comes back is whole.
import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
process.env.CLAUDE_KEY = 'sk-ant-scripted'
const configOf = (options) => `
teams: [{name: it}]
providers:
  - {name: claude, kind: anthropic, base_url: "${provider.url}/v1", api_key: {env: CLAUDE_KEY}, region: eu, options: {${options}},
     commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}}
models:
  - {name: sonnet, provider: claude, id: claude-sonnet-4-5, price: {input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}}
routes:
  - {name: default, targets: [{model: sonnet}], timeout: 20s, retries: 1}
use_cases:
  - {name: desk, owner: it, risk_tier: T1, data_class: internal, route: default, max_output_tokens: 8192, cache: {enabled: false}}
`
const factory = new Factory(configOf('beta: "always-1", callers_beta: "context-1m-2025-08-07"'))
await factory.serve()
const client = new Anthropic({ apiKey: factory.key('desk'), baseURL: factory.url, maxRetries: 0 })
/** What the provider received, as it says itself. */
const received = async (body, options = {}) => JSON.parse((await client.messages.create({ model: 'desk', max_tokens: 4000, ...body }, options)).content[0].text)

await run({
  'system blocks, cache marks and tools arrive as they were sent': async () => {
    const tools = [{ name: 'lookup', description: 'Weather.', input_schema: { type: 'object', properties: { city: { type: 'string' } } }, cache_control: { type: 'ephemeral' } }]
    const { body } = await received({
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }], tools, tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      stop_sequences: ['END'], top_k: 5, temperature: 0.5, metadata: { user_id: 'u-1' },
      messages: [{ role: 'user', content: [{ type: 'text', text: '[[echo]]', cache_control: { type: 'ephemeral' } }] }],
    })
    assert.equal(body.model, 'claude-sonnet-4-5')
    assert.deepEqual(body.system, [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }])
    assert.deepEqual(body.tools, tools)
    assert.deepEqual(body.tool_choice, { type: 'auto', disable_parallel_tool_use: true })
    assert.deepEqual(body.stop_sequences, ['END'])
    assert.equal(body.top_k, 5)
    assert.equal(body.metadata.user_id, 'u-1')
    assert.deepEqual(body.messages[0].content, [{ type: 'text', text: '[[echo]]', cache_control: { type: 'ephemeral' } }])
  },
  'thinking comes back to its provider byte for byte': async () => {
    const turn = [{ type: 'thinking', thinking: 'Hm.', signature: 'EqoBCkgIBBABGAIiQL' }, { type: 'redacted_thinking', data: 'EmwKAhgBEgyxx' },
      { type: 'text', text: 'Let me look.' }, { type: 'tool_use', id: 'toolu_1', name: 'lookup', input: { city: 'Bern', n: [1, 2.5] } }]
    const { body } = await received({
      thinking: { type: 'enabled', budget_tokens: 1024 }, tools: [{ name: 'lookup', input_schema: { type: 'object' } }],
      messages: [{ role: 'user', content: 'weather' }, { role: 'assistant', content: turn },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain', is_error: true }, { type: 'text', text: '[[echo]]' }] }],
    })
    assert.deepEqual(body.messages[1].content, turn)
    assert.equal(body.messages[2].content[0].tool_use_id, 'toolu_1')
    assert.equal(body.messages[2].content[0].is_error, true)
  },
  'a field that nobody here knows reaches the provider, whose word on it comes back': async () => {
    const refused = await client.messages.create({ model: 'desk', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }], context_management: { edits: [] } }).catch((error) => error)
    assert.equal(refused.status, 400)
    assert.equal(refused.error.millwright.origin, 'provider')
    assert.match(refused.message, /context_management/)
  },
  'betas pass as far as the configuration lets them': async () => {
    const { beta } = await received({ messages: [{ role: 'user', content: '[[echo]]' }] }, { headers: { 'anthropic-beta': 'context-1m-2025-08-07,not-allowed' } })
    assert.equal(beta, 'always-1,context-1m-2025-08-07')
  },
  'a stream through both dialects says what the whole answer says': async () => {
    const body = { model: 'desk', max_tokens: 64, messages: [{ role: 'user', content: 'hello [[tokens=9]]' }] }
    const whole = await client.messages.create(body)
    const streamed = await client.messages.stream(body).finalMessage()
    assert.deepEqual(streamed.content, whole.content)
    assert.equal(streamed.stop_reason, whole.stop_reason)
    assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens)
  },
  'and the ledger says what was billed': async () => {
    const bill = await provider.bill()
    const billed = BigInt(bill.prompt_tokens - bill.cached_tokens) * 1000n + BigInt(bill.cached_tokens) * 500n + BigInt(bill.completion_tokens) * 2000n
    assert.equal(nano(factory.json('cost', 'report', '--by', 'model').total.cost_usd), billed)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

// The running binary before a provider that speaks Amazon Bedrock's Converse, checks every signature and is as strict as
// the real one: chat, streams, tools, thinking, embeddings, errors, throttling; and the ledger's sum is the provider's bill.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
Object.assign(process.env, { AWS_ID: 'AKIDSCRIPTED', AWS_SECRET: 'scripted-secret', AWS_TOKEN: 'scripted-token', AWS_KEY: 'ABSK-scripted', AWS_WRONG: 'no-secret' })
const commitments = 'commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}'
const price = 'price: {input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}'
const secrets = 'secrets: {access_key_id: {env: AWS_ID}, secret_access_key: {env: AWS_SECRET}, session_token: {env: AWS_TOKEN}}'
const useCase = (name, route) => `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: ${route}, max_output_tokens: 8192, cache: {enabled: false}}`
const factory = new Factory(`
teams: [{name: it}]
providers:
  - {name: aws, kind: bedrock, base_url: "${provider.url}", ${secrets}, options: {region: eu-central-1}, region: eu, breaker: {failures: 0}, ${commitments}}
  - {name: keyed, kind: bedrock, base_url: "${provider.url}", api_key: {env: AWS_KEY}, options: {region: eu-central-1}, region: eu, breaker: {failures: 0}, ${commitments}}
  - {name: wrong, kind: bedrock, base_url: "${provider.url}", secrets: {access_key_id: {env: AWS_ID}, secret_access_key: {env: AWS_WRONG}, session_token: {env: AWS_TOKEN}}, options: {region: eu-central-1}, region: eu, breaker: {failures: 0}, ${commitments}}
models:
  - {name: sonnet, provider: aws, id: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", ${price}}
  - {name: keyed-sonnet, provider: keyed, id: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", ${price}}
  - {name: wrong-sonnet, provider: wrong, id: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", ${price}}
  - {name: titan, provider: aws, id: "amazon.titan-embed-text-v2:0", price: {input: 1 USD/Mtok, output: 1 USD/Mtok}}
routes:
  - {name: default, targets: [{model: sonnet}], timeout: 20s, retries: 1}
  - {name: keyed, targets: [{model: keyed-sonnet}], timeout: 20s, retries: 0}
  - {name: wrong, targets: [{model: wrong-sonnet}], timeout: 20s, retries: 0}
  - {name: backed, targets: [{model: wrong-sonnet}], fallback: [{model: sonnet}], timeout: 20s, retries: 0}
  - {name: vectors, targets: [{model: titan}], timeout: 20s, retries: 0}
use_cases:
${useCase('desk', 'default')}
${useCase('keyed', 'keyed')}
${useCase('wrong', 'wrong')}
${useCase('backed', 'backed')}
${useCase('vectors', 'vectors')}
`)
await factory.serve()
const clientOf = (name) => new OpenAI({ apiKey: factory.key(name), baseURL: factory.url + '/v1', maxRetries: 0 })
const client = clientOf('desk')
const say = (content, more = {}) => ({ model: 'desk', max_tokens: 64, messages: [{ role: 'user', content }], ...more })
const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]

/** All chunks of a stream, or those before it failed. */
async function chunksOf(body, failed = undefined) {
  const chunks = []
  try {
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) chunks.push(chunk)
  } catch (error) {
    if (!failed) throw error
    failed(error)
  }
  return chunks
}
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
const finishOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean)

/** What the ledger says was spent, in nano-USD, beside what the provider says it charged. */
async function sums() {
  const report = factory.json('cost', 'report', '--by', 'model')
  const bill = await provider.bill()
  const billed = BigInt(bill.prompt_tokens - bill.cached_tokens) * 1000n + BigInt(bill.cached_tokens) * 500n + BigInt(bill.completion_tokens) * 2000n
  return { ledger: nano(report.total.cost_usd), billed, bill, report }
}
async function waitFor(check) {
  for (let i = 0; i < 100; ++i) {
    if (await check()) return true
    await new Promise((done) => setTimeout(done, 50))
  }
  return false
}

await run({
  'a chat answers with text, usage, and is paid': async () => {
    const { data, response } = await client.chat.completions.create(say('hello [[tokens=6]] [[cached=3]] [[written=2]] [[written-1h=1]]')).withResponse()
    assert.equal(data.choices[0].message.content, 'the new key for you and')
    assert.equal(data.choices[0].native_finish_reason, 'end_turn')
    assert.deepEqual(data.choices[0].extra_content.bedrock.metrics, { latencyMs: 7 })
    assert.deepEqual(data.usage.prompt_tokens_details, { cached_tokens: 3, cache_write_tokens: 3, cache_write_1h_tokens: 1 })
    const expected = (data.usage.prompt_tokens - 3) * 1000 + 3 * 500 + 6 * 2000
    assert.equal(Number(response.headers.get('x-millwright-cost-usd')), expected / 1e9)
  },
  'the provider gets the request in its own words': async () => {
    const answer = await client.chat.completions.create(
      say([{ type: 'text', text: '[[echo]]', cache_control: { type: 'ephemeral' } }], { stop: 'END', user: 'u-1', tools, seed: 7, max_tokens: 4000, reasoning_effort: 'low', temperature: 1.5, requestMetadata: { team: 'it' } }))
    const { target, body } = JSON.parse(answer.choices[0].message.content)
    assert.equal(target, '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse')
    assert.deepEqual(body.inferenceConfig, { maxTokens: 4000, stopSequences: ['END'] })
    assert.deepEqual(body.additionalModelRequestFields, { thinking: { type: 'enabled', budget_tokens: 2048 } })
    assert.deepEqual(body.messages[0].content[1], { cachePoint: { type: 'default' } })
    assert.deepEqual(body.requestMetadata, { team: 'it' })
    assert.ok(!('model' in body) && !('stream' in body))
  },
  'an API key takes the place of signatures': async () => {
    const answer = await clientOf('keyed').chat.completions.create({ ...say('hello [[tokens=2]]'), model: 'keyed' })
    assert.equal(answer.choices[0].message.content, 'the new')
  },
  'a wrong secret is the administrator\'s fault, and another model may take its place': async () => {
    await assert.rejects(clientOf('wrong').chat.completions.create({ ...say('hello'), model: 'wrong' }),
      (error) => error.status === 502 && /InvalidSignatureException/.test(error.message))
    const answer = await clientOf('backed').chat.completions.create({ ...say('hello [[tokens=2]]'), model: 'backed' })
    assert.equal(answer.choices[0].message.content, 'the new')
  },
  'a difference of clocks is learned and costs nobody an error': async () => {
    assert.equal((await client.chat.completions.create(say('hello [[skew]] [[tokens=2]]'))).choices[0].message.content, 'the new')
    assert.equal((await client.chat.completions.create(say('hello [[tokens=2]]'))).choices[0].message.content, 'the new')
  },
  'a stream says the same as a whole answer': async () => {
    const whole = await client.chat.completions.create(say('hello [[tokens=20]]'))
    const chunks = await chunksOf(say('hello [[tokens=20]]', { stream_options: { include_usage: true } }))
    assert.equal(textOf(chunks), whole.choices[0].message.content)
    assert.deepEqual(finishOf(chunks), ['stop'])
    assert.ok(chunks.length > 5)
    assert.deepEqual(chunks.at(-1).usage, whole.usage)
    assert.ok((await chunksOf(say('hello'))).every((chunk) => !chunk.usage), 'usage was not asked for')
  },
  'tools go there and back, streamed and not': async () => {
    const whole = await client.chat.completions.create(say('weather [[tool]]', { tools }))
    assert.equal(whole.choices[0].finish_reason, 'tool_calls')
    assert.deepEqual(JSON.parse(whole.choices[0].message.tool_calls[0].function.arguments), { city: 'Bern' })
    const final = await client.chat.completions.stream(say('weather [[tool]]', { tools })).finalChatCompletion()
    assert.equal(final.choices[0].message.tool_calls[0].id, 'tooluse_01')
    assert.deepEqual(JSON.parse(final.choices[0].message.tool_calls[0].function.arguments), { city: 'Bern' })
    const messages = [{ role: 'user', content: 'weather' }, whole.choices[0].message,
      { role: 'tool', tool_call_id: 'tooluse_01', content: '12 °C' }, { role: 'user', content: 'and? [[tokens=3]]' }]
    for (const more of [{ tools }, {}]) {
      const answer = await client.chat.completions.create({ model: 'desk', messages, ...more })
      assert.equal(answer.choices[0].message.content, 'the new key')
    }
  },
  'thinking comes with its signature and goes back in front': async () => {
    const body = say('why? [[think=Because of it.]] [[tool]]', { tools })
    const whole = await client.chat.completions.create(body)
    const block = { type: 'thinking', thinking: 'Because of it.', signature: 'EqQBCgIYAhIM/scripted+signature==' }
    assert.deepEqual(whole.choices[0].message.thinking_blocks, [block])
    const chunks = await chunksOf(body)
    assert.deepEqual(chunks.flatMap((chunk) => chunk.choices[0]?.delta.thinking_blocks ?? []), [block])
    const messages = [{ role: 'user', content: 'why?' }, whole.choices[0].message, { role: 'tool', tool_call_id: 'tooluse_01', content: 'x' }, { role: 'user', content: '[[echo]]' }]
    const echoed = JSON.parse((await client.chat.completions.create({ model: 'desk', messages, tools })).choices[0].message.content)
    assert.deepEqual(echoed.body.messages[1].content[0], { reasoningContent: { reasoningText: { text: block.thinking, signature: block.signature } } })
    assert.deepEqual(echoed.body.messages[1].content.map((part) => Object.keys(part)[0]), ['reasoningContent', 'text', 'toolUse'])
    assert.deepEqual(echoed.body.messages[2].content.map((part) => Object.keys(part)[0]), ['toolResult', 'text'])
  },
  'every way to stop has its reason': async () => {
    for (const [stop, finish] of Object.entries({ max_tokens: 'length', stop_sequence: 'stop', guardrail_intervened: 'content_filter', content_filtered: 'content_filter', model_context_window_exceeded: 'length' })) {
      const whole = await client.chat.completions.create(say(`x [[stop=${stop}]]`))
      assert.equal(whole.choices[0].finish_reason, finish)
      assert.equal(whole.choices[0].native_finish_reason, stop)
      assert.deepEqual(finishOf(await chunksOf(say(`x [[stop=${stop}]]`))), [finish])
    }
  },
  'embeddings are one list, as floats and packed, and are paid': async () => {
    const vectors = clientOf('vectors')
    const answer = await vectors.embeddings.create({ model: 'vectors', input: ['one', 'two words'], encoding_format: 'float' })
    assert.deepEqual(answer.data.map((each) => each.embedding), [[0.5, -0.25], [0.5, -0.25]])
    assert.equal(answer.usage.prompt_tokens, 1 + 3)
    const packed = await vectors.embeddings.create({ model: 'vectors', input: 'one' })
    assert.deepEqual(Array.from(packed.data[0].embedding), [0.5, -0.25])
  },
  'what it cannot be asked is refused by name, before a byte leaves': async () => {
    const before = await provider.bill()
    for (const [body, name] of [
      [say([{ type: 'native', dialect: 'gemini', value: {} }]), /gemini/],
      [say([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]), /image_url/],
      [say([{ type: 'image_url', image_url: { url: 's3://somebody/a.png' } }]), /s3_prefix/],
      [say('x', { additionalModelRequestFields: { max_tokens: 100000 } }), /max_tokens/],
      [say('x', { n: 2 }), /n:/],
    ]) {
      await assert.rejects(client.chat.completions.create(body), (error) => error.status === 400 && name.test(error.message))
    }
    assert.equal((await provider.bill()).calls, before.calls)
  },
  'errors keep their meaning and their origin': async () => {
    for (const [script, status] of [['[[status=400]]', 400], ['[[status=400]] [[message=Input is too long for requested model.]]', 413], ['[[status=500]]', 502],
      ['[[status=503]]', 503], ['[[status=403]]', 502], ['[[status=408]]', 504], ['[[status=424]]', 502],
      ['[[status=429]] [[retry-after=7]]', 429], ['[[error-in-200]]', 502], ['[[cut-head]]', 502]]) {
      for (const stream of [false, true]) {
        await assert.rejects(client.chat.completions.create(say(`x ${script}`, { stream })), (error) => {
          assert.equal(error.status, status, script)
          assert.equal(error.error.millwright.origin, 'provider')
          if (status === 429) assert.equal(error.headers.get('retry-after'), '7')
          return true
        })
      }
    }
  },
  'throttling that passes is retried and costs once, also in place of a stream': async () => {
    for (const stream of [false, true]) {
      const before = await provider.bill()
      const body = say(`again ${stream} ${Date.now()} [[fail-times=1]] [[status=429]] [[retry-after=0]]`)
      assert.ok(stream ? textOf(await chunksOf(body)) : (await client.chat.completions.create(body)).choices[0].message.content)
      assert.equal((await provider.bill()).calls, before.calls + 1)
    }
  },
  'an exception in front of the answer is an error with its status': async () => {
    let error
    const chunks = await chunksOf(say('x [[error-after=0]]'), (raised) => { error = raised })
    assert.equal(error.status, 502)
    assert.equal(chunks.length, 0)
  },
  'the ledger is the bill': async () => {
    const { ledger, billed, report } = await sums()
    assert.equal(ledger, billed)
    assert.ok(ledger > 0n)
    assert.equal(report.estimated, 0)
  },
  'latency-optimized inference without a price of its own is marked': async () => {
    const { response } = await client.chat.completions.create(say('x [[latency=optimized]] [[tokens=2]]')).withResponse()
    assert.ok(response.headers.get('x-millwright-cost-usd') > 0)
    const { ledger, billed } = await sums()
    assert.ok(ledger >= billed)
  },
  'a stream that breaks raises, is never taken for whole, and is booked as an estimate': async () => {
    const before = await sums()
    for (const script of ['[[cut=4]]', '[[error-after=4]]']) {
      let error
      const chunks = await chunksOf(say(`x [[tokens=12]] [[interval=10]] ${script}`), (raised) => { error = raised })
      assert.ok(error instanceof OpenAI.APIError, script)
      assert.deepEqual(finishOf(chunks), [], script)
    }
    assert.ok(await waitFor(async () => (await sums()).report.estimated >= before.report.estimated + 2))
    assert.ok((await sums()).ledger > before.ledger)
  },
  'a stream with a wrong checksum behind its words is not whole': async () => {
    let error
    const chunks = await chunksOf(say('x [[tokens=4]] [[interval=5]] [[flip]]'), (raised) => { error = raised })
    assert.match(error.message, /checksum/)
    assert.deepEqual(finishOf(chunks), [])
  },
  'a stream that is stopped without metadata is whole, and its usage an estimate': async () => {
    const before = await sums()
    const chunks = await chunksOf(say('x [[tokens=4]] [[no-usage]]'))
    assert.deepEqual(finishOf(chunks), ['stop'])
    assert.equal((await sums()).report.estimated, before.report.estimated + 1)
  },
  'a caller that leaves is settled for what had come': async () => {
    const before = await sums()
    const controller = new AbortController()
    const response = await factory.chat(client.apiKey, say('slow [[tokens=64]] [[interval=50]]', { stream: true }), {}, controller.signal)
    const reader = response.body.getReader()
    for (let text = ''; !text.includes('key');) text += Buffer.from((await reader.read()).value).toString()
    controller.abort()
    assert.ok(await waitFor(() => (factory.json('trace', 'list', '--status', 'cancelled').items ?? []).length > 0))
    assert.ok(await waitFor(async () => (await provider.bill()).calls > before.bill.calls), 'the provider noticed')
    const after = await sums()
    assert.ok(after.bill.completion_tokens - before.bill.completion_tokens < 64, 'the answer was stopped upstream')
    assert.ok(after.ledger > before.ledger)
    assert.equal(after.report.estimated, before.report.estimated + 1)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

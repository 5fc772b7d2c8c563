// The running binary before a provider that speaks the Messages API and is as strict as the real one: chat with and
// without streaming, tools, thinking, errors, cut and cancelled streams; and the ledger's sum is the provider's bill.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
process.env.CLAUDE_KEY = 'sk-ant-scripted'
const factory = new Factory(`
teams: [{name: it}]
providers:
  - {name: claude, kind: anthropic, base_url: "${provider.url}/v1", api_key: {env: CLAUDE_KEY}, region: eu, breaker: {failures: 0}, options: {beta: "interleaved-thinking-2025-05-14"},
     commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}}
models:
  - {name: sonnet, provider: claude, id: claude-sonnet-4-5, price: {input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}}
routes:
  - {name: default, targets: [{model: sonnet}], timeout: 20s, retries: 1}
use_cases:
  - {name: desk, owner: it, risk_tier: T1, data_class: internal, route: default, max_output_tokens: 8192, cache: {enabled: false}}
`)
await factory.serve()
const apiKey = factory.key('desk')
const client = new OpenAI({ apiKey, baseURL: factory.url + '/v1', maxRetries: 0 })
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
  const total = factory.json('cost', 'report', '--by', 'model').total
  const bill = await provider.bill()
  const billed = BigInt(bill.prompt_tokens - bill.cached_tokens) * 1000n + BigInt(bill.cached_tokens) * 500n + BigInt(bill.completion_tokens) * 2000n
  return { ledger: nano(total.cost_usd), billed, bill }
}
/** Waits until the ledger has settled what a broken call left behind. */
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
    assert.equal(data.choices[0].finish_reason, 'stop')
    assert.equal(data.choices[0].native_finish_reason, 'end_turn')
    assert.deepEqual(data.usage.prompt_tokens_details, { cached_tokens: 3, cache_write_tokens: 3, cache_write_1h_tokens: 1 })
    assert.equal(data.usage.completion_tokens, 6)
    const expected = (data.usage.prompt_tokens - 3) * 1000 + 3 * 500 + 6 * 2000
    assert.equal(Number(response.headers.get('x-millwright-cost-usd')), expected / 1e9)
  },
  'the provider gets its own headers and nothing of the caller': async () => {
    const answer = await client.chat.completions.create(
      say([{ type: 'text', text: '[[echo]]' }], { stop: 'END', user: 'u-1', parallel_tool_calls: false, tools, seed: 7, max_tokens: 4000, reasoning_effort: 'low' }),
      { headers: { 'anthropic-beta': 'callers-own', 'anthropic-version': '1999-01-01' } })
    const { version, beta, key, body } = JSON.parse(answer.choices[0].message.content)
    assert.deepEqual([version, beta, key], ['2023-06-01', 'interleaved-thinking-2025-05-14', 'sk-ant-scripted'])
    assert.equal(body.model, 'claude-sonnet-4-5')
    assert.deepEqual(body.stop_sequences, ['END'])
    assert.deepEqual(body.tool_choice, { type: 'auto', disable_parallel_tool_use: true })
    assert.deepEqual(body.thinking, { type: 'enabled', budget_tokens: 2048 })
    assert.ok(!('seed' in body) && !('stream_options' in body))
  },
  'a stream says the same as a whole answer': async () => {
    const whole = await client.chat.completions.create(say('hello [[tokens=20]]'))
    const chunks = await chunksOf(say('hello [[tokens=20]]', { stream_options: { include_usage: true } }))
    assert.equal(textOf(chunks), whole.choices[0].message.content)
    assert.deepEqual(finishOf(chunks), ['stop'])
    assert.ok(chunks.length > 5)
    assert.equal(chunks.at(-1).choices.length, 0)
    assert.deepEqual(chunks.at(-1).usage, whole.usage)
    assert.ok((await chunksOf(say('hello'))).every((chunk) => !chunk.usage), 'usage was not asked for')
  },
  'tools go there and back, streamed and not': async () => {
    const whole = await client.chat.completions.create(say('weather [[tool]]', { tools }))
    assert.equal(whole.choices[0].finish_reason, 'tool_calls')
    assert.deepEqual(JSON.parse(whole.choices[0].message.tool_calls[0].function.arguments), { city: 'Bern' })
    const final = await client.chat.completions.stream(say('weather [[tool]]', { tools })).finalChatCompletion()
    assert.equal(final.choices[0].message.tool_calls[0].id, 'toolu_01')
    assert.deepEqual(JSON.parse(final.choices[0].message.tool_calls[0].function.arguments), { city: 'Bern' })
    const messages = [{ role: 'user', content: 'weather' }, whole.choices[0].message,
      { role: 'tool', tool_call_id: 'toolu_01', content: '12 °C' }, { role: 'user', content: 'and? [[tokens=3]]' }]
    const answer = await client.chat.completions.create({ model: 'desk', messages, tools })
    assert.equal(answer.choices[0].message.content, 'the new key')
  },
  'thinking comes with its signature and goes back in front': async () => {
    const body = say('why? [[think=Because of it.]] [[tool]]', { tools })
    const whole = await client.chat.completions.create(body)
    const block = { type: 'thinking', thinking: 'Because of it.', signature: 'EqQBCgIYAhIM/scripted+signature==' }
    assert.equal(whole.choices[0].message.reasoning_content, 'Because of it.')
    assert.deepEqual(whole.choices[0].message.thinking_blocks, [block])
    assert.equal(whole.usage.completion_tokens_details.reasoning_tokens, 4)
    const chunks = await chunksOf(body)
    assert.deepEqual(chunks.flatMap((chunk) => chunk.choices[0]?.delta.thinking_blocks ?? []), [block])
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content ?? '').join(''), 'Because of it.')
    const messages = [{ role: 'user', content: 'why?' }, whole.choices[0].message, { role: 'tool', tool_call_id: 'toolu_01', content: 'x' }, { role: 'user', content: '[[echo]]' }]
    const echoed = JSON.parse((await client.chat.completions.create({ model: 'desk', messages, tools })).choices[0].message.content)
    assert.deepEqual(echoed.body.messages[1].content[0], block)
    assert.deepEqual(echoed.body.messages[1].content.map((part) => part.type), ['thinking', 'text', 'tool_use'])
    assert.deepEqual(echoed.body.messages[2].content.map((part) => part.type), ['tool_result', 'text'])
  },
  'citations and the provider\'s own tools keep their places': async () => {
    const body = say('find [[search]] [[cite=https://example.com/bern]] [[tokens=4]]')
    const { message } = (await client.chat.completions.create(body)).choices[0]
    assert.equal(message.annotations[0].url_citation.url, 'https://example.com/bern')
    assert.deepEqual(message.native_blocks.map((block) => block.value.type), ['server_tool_use', 'web_search_tool_result'])
    const chunks = await chunksOf(body)
    assert.deepEqual(chunks.flatMap((chunk) => chunk.choices[0]?.delta.annotations ?? []), message.annotations)
    assert.deepEqual(chunks.flatMap((chunk) => chunk.choices[0]?.delta.native_blocks ?? []), message.native_blocks)
    const messages = [{ role: 'user', content: 'find' }, message, { role: 'user', content: '[[echo]]' }]
    const echoed = JSON.parse((await client.chat.completions.create({ model: 'desk', messages })).choices[0].message.content)
    assert.deepEqual(echoed.body.messages[1].content.map((part) => part.type), ['server_tool_use', 'web_search_tool_result', 'text'])
  },
  'every way to stop has its reason': async () => {
    for (const [stop, finish] of Object.entries({ max_tokens: 'length', stop_sequence: 'stop', pause_turn: 'stop', refusal: 'content_filter', model_context_window_exceeded: 'length' })) {
      const whole = await client.chat.completions.create(say(`x [[stop=${stop}]]`))
      assert.equal(whole.choices[0].finish_reason, finish)
      assert.equal(whole.choices[0].native_finish_reason, stop)
      assert.deepEqual(finishOf(await chunksOf(say(`x [[stop=${stop}]]`))), [finish])
    }
  },
  'what it cannot be asked is refused by name, before a byte leaves': async () => {
    const before = await provider.bill()
    for (const [body, name] of [
      [say([{ type: 'native', dialect: 'gemini', value: {} }]), /gemini/],
      [say([{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }]), /input_audio/],
      [say('x', { response_format: { type: 'json_object' } }), /response_format/],
      [say('x', { n: 2 }), /n:/],
    ]) {
      await assert.rejects(client.chat.completions.create(body), (error) => error.status === 400 && name.test(error.message))
    }
    assert.equal((await provider.bill()).calls, before.calls)
  },
  'errors keep their meaning and their origin': async () => {
    for (const [script, status] of [['[[status=400]]', 400], ['[[status=500]]', 502], ['[[status=529]]', 503], ['[[status=401]]', 502],
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
  'a failure that passes is retried and costs once': async () => {
    const before = await provider.bill()
    const answer = await client.chat.completions.create(say(`again ${Date.now()} [[fail-times=1]] [[status=529]]`))
    assert.ok(answer.choices[0].message.content)
    assert.equal((await provider.bill()).calls, before.calls + 1)
  },
  'a stream that breaks raises and is never taken for whole': async () => {
    for (const script of ['[[cut=4]]', '[[error-after=4]]', '[[no-done]]']) {
      let error
      const chunks = await chunksOf(say(`x [[tokens=12]] [[interval=10]] ${script}`), (raised) => { error = raised })
      assert.ok(error instanceof OpenAI.APIError, script)
      assert.deepEqual(finishOf(chunks), [], script)
    }
  },
  'the ledger is the bill, broken streams included': async () => {
    const { ledger, billed } = await sums()
    assert.equal(ledger, billed)
    assert.ok(ledger > 0n)
    assert.ok(factory.json('cost', 'report', '--by', 'model').estimated >= 2, 'counted outputs are marked')
  },
  'an answer that nobody can read may have cost something, and is booked as an estimate': async () => {
    const before = await sums()
    await assert.rejects(client.chat.completions.create(say('x [[garbage]]')), (error) => error.status === 502)
    const after = await sums()
    assert.equal(after.billed, before.billed)
    assert.ok(after.ledger > before.ledger)
  },
  'a caller that leaves is settled for what had come': async () => {
    const before = await sums()
    const controller = new AbortController()
    const response = await factory.chat(apiKey, say('slow [[tokens=64]] [[interval=50]]', { stream: true }), {}, controller.signal)
    const reader = response.body.getReader()
    for (let text = ''; !text.includes('key');) text += Buffer.from((await reader.read()).value).toString()
    controller.abort()
    assert.ok(await waitFor(() => (factory.json('trace', 'list', '--status', 'cancelled').items ?? []).length > 0))
    assert.ok(await waitFor(async () => (await provider.bill()).calls > before.bill.calls), 'the provider noticed')
    const after = await sums()
    const words = after.bill.completion_tokens - before.bill.completion_tokens
    assert.ok(words < 64, 'the answer was stopped upstream')
    const difference = (after.ledger - before.ledger) - (after.billed - before.billed)
    assert.ok(difference >= -4000n && difference <= 4000n, `two words may be under way: ${difference}`)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

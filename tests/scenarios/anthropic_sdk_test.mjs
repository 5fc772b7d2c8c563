// The official Anthropic SDK, unmodified, against the running binary over an OpenAI-shaped provider: messages with and
// without streaming, tools, errors, retries, counting, and a caller who leaves.
import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url))
await factory.serve()
const apiKey = factory.key('desk')
let requests = 0
const counted = (...args) => { ++requests; return fetch(...args) }
const client = new Anthropic({ apiKey, baseURL: factory.url, maxRetries: 2, fetch: counted })
const quick = new Anthropic({ apiKey, baseURL: factory.url, maxRetries: 0 })
const say = (content, more = {}) => ({ model: 'desk', max_tokens: 50, messages: [{ role: 'user', content }], ...more })
const tools = [{ name: 'lookup', description: 'Weather of a city.', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }]

/** The newest trace for which `matches` holds, as soon as there is one. */
async function trace(matches, ...filter) {
  for (let i = 0; i < 100; ++i) {
    const found = factory.json('trace', 'list', ...filter).items?.find(matches)
    if (found) return found
    await new Promise((done) => setTimeout(done, 50))
  }
  assert.fail('no such trace')
}

await run({
  'a message answers with text, usage and our headers': async () => {
    const { data, response, request_id } = await client.messages.create(say('hello [[tokens=6]] [[cached=3]]')).withResponse()
    assert.equal(data.type, 'message')
    assert.equal(data.role, 'assistant')
    assert.deepEqual(data.content, [{ type: 'text', text: 'the answer is in your manual' }])
    assert.equal(data.stop_reason, 'end_turn')
    assert.equal(data.stop_sequence, null)
    assert.equal(data.usage.output_tokens, 6)
    assert.equal(data.usage.cache_read_input_tokens, 3)
    assert.match(request_id, /^[0-9a-f]{32}$/)
    assert.equal(response.headers.get('x-millwright-trace'), request_id)
    assert.equal(response.headers.get('x-millwright-model'), 'small')
    const expected = data.usage.input_tokens * 1000 + 3 * 500 + 6 * 2000
    assert.equal(nano(response.headers.get('x-millwright-cost-usd')), BigInt(expected))
    assert.equal(data.millwright.cost_usd, response.headers.get('x-millwright-cost-usd'))
    assert.equal((await trace((item) => item.id === request_id)).surface, 'messages')
  },
  'a key comes as a bearer token too': async () => {
    const bearer = new Anthropic({ apiKey: null, authToken: apiKey, baseURL: factory.url })
    assert.equal((await bearer.messages.create(say('hello'))).stop_reason, 'end_turn')
  },
  'a raw stream gives the same text in pieces and ends well': async () => {
    const stream = await client.messages.create(say('hello [[tokens=20]] [[cached=5]]', { stream: true }))
    const events = []
    for await (const event of stream) events.push(event)
    assert.equal(events[0].type, 'message_start')
    assert.equal(events.at(-1).type, 'message_stop')
    const last = events.at(-2)
    assert.equal(last.type, 'message_delta')
    assert.equal(last.delta.stop_reason, 'end_turn')
    const text = events.filter((event) => event.type === 'content_block_delta').map((event) => event.delta.text).join('')
    assert.ok(events.filter((event) => event.type === 'content_block_delta').length > 5)
    const whole = await client.messages.create(say('hello [[tokens=20]] [[cached=5]]'))
    assert.equal(text, whole.content[0].text)
    assert.equal(last.usage.input_tokens, whole.usage.input_tokens)
    assert.equal(last.usage.output_tokens, 20)
    assert.equal(last.usage.cache_read_input_tokens, 5)
    assert.equal(last.millwright.cost_usd, whole.millwright.cost_usd)
  },
  'the stream helper of the SDK accepts it': async () => {
    const stream = client.messages.stream(say('hello [[tokens=8]]'))
    let heard = ''
    stream.on('text', (text) => { heard += text })
    const message = await stream.finalMessage()
    assert.equal(message.content[0].text, 'the answer is in your manual page two')
    assert.equal(heard, message.content[0].text)
    assert.equal(message.usage.output_tokens, 8)
    assert.ok(message.usage.input_tokens > 0)
  },
  'usage that no provider told is booked and said': async () => {
    const whole = await client.messages.create(say('hello [[no-usage]]'))
    assert.ok(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 0)
    assert.equal(whole.millwright.estimated, true)
    const streamed = await client.messages.stream(say('hello [[no-usage]]')).finalMessage()
    assert.ok(streamed.usage.input_tokens > 0 && streamed.usage.output_tokens > 0)
  },
  'tool calls come with parsed input, streamed and not, and their results go back': async () => {
    const whole = await client.messages.create(say('weather [[tool]]', { tools, tool_choice: { type: 'any' } }))
    assert.equal(whole.stop_reason, 'tool_use')
    const call = { type: 'tool_use', id: 'call_1', name: 'lookup', input: { city: 'Bern' } }
    assert.deepEqual(whole.content, [call])
    const streamed = await client.messages.stream(say('weather [[tool]]', { tools })).finalMessage()
    assert.equal(streamed.stop_reason, 'tool_use')
    assert.deepEqual(JSON.parse(JSON.stringify(streamed.content)), [call])
    const answer = await client.messages.create(say('weather', {
      tools,
      messages: [
        { role: 'user', content: 'weather' },
        { role: 'assistant', content: whole.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'rain' }] }] },
      ],
    }))
    assert.equal(answer.stop_reason, 'end_turn')
  },
  'parallel tool calls are blocks of their own, streamed and not': async () => {
    const cities = (message) => message.content.map((block) => [block.type, block.id, block.input.city])
    const expected = [['tool_use', 'call_1', 'Bern'], ['tool_use', 'call_2', 'Oslo']]
    const whole = await client.messages.create(say('weather [[tool=2]]', { tools }))
    assert.deepEqual(cities(whole), expected)
    assert.deepEqual(cities(await client.messages.stream(say('weather [[tool=2]]', { tools })).finalMessage()), expected)
    const results = whole.content.map((block) => ({ type: 'tool_result', tool_use_id: block.id, content: 'rain' }))
    const answer = await client.messages.create(say('weather', {
      tools, messages: [{ role: 'user', content: 'weather' }, { role: 'assistant', content: whole.content }, { role: 'user', content: results }],
    }))
    assert.equal(answer.stop_reason, 'end_turn')
  },
  'system blocks and betas are sent as they should be': async () => {
    const system = [{ type: 'text', text: 'You are brief.' }]
    const blocks = await client.beta.messages.create({ ...say('hello [[tokens=4]]', { system }), betas: ['context-1m-2025-08-07'] })
    const chat = await (await factory.chat(apiKey, { model: 'desk', max_tokens: 50, messages: [{ role: 'system', content: 'You are brief.' }, { role: 'user', content: 'hello [[tokens=4]]' }] })).json()
    assert.equal(blocks.usage.input_tokens, chat.usage.prompt_tokens)
  },
  'a wrong key is AuthenticationError': async () => {
    const wrong = new Anthropic({ apiKey: 'mw_wrong', baseURL: factory.url, maxRetries: 0 })
    await assert.rejects(wrong.messages.create(say('hello')), Anthropic.AuthenticationError)
  },
  'an unknown model is NotFoundError with a hint': async () => {
    await assert.rejects(client.messages.create({ ...say('hello'), model: 'desc' }), (error) => {
      assert.ok(error instanceof Anthropic.NotFoundError)
      assert.equal(error.error.error.type, 'not_found_error')
      assert.match(error.message, /desk/)
      return true
    })
  },
  'a wrong field is BadRequestError that names it': async () => {
    await assert.rejects(client.messages.create(say([{ type: 'text', text: 'a' }, { text: 'b' }])), (error) => {
      assert.ok(error instanceof Anthropic.BadRequestError)
      assert.match(error.message, /messages\.0\.content\.1\.type/)
      assert.equal(error.error.request_id, error.requestID)
      return true
    })
  },
  'a provider error says where it came from, and is tried again only when that may help': async () => {
    requests = 0
    await assert.rejects(client.messages.create(say('x [[status=400]]')), (error) => {
      assert.equal(error.status, 400)
      assert.equal(error.error.millwright.origin, 'provider')
      return true
    })
    assert.equal(requests, 1)
    requests = 0
    await assert.rejects(client.messages.create(say('x [[status=500]]')), (error) => error.status === 502 && error.error.error.type === 'api_error')
    assert.equal(requests, 3)
  },
  'a failure that passes is retried and costs once': async () => {
    const before = await provider.bill()
    const answer = await client.messages.create(say(`again ${Date.now()} [[fail-times=1]] [[status=503]]`))
    assert.ok(answer.content[0].text)
    assert.equal((await provider.bill()).calls, before.calls + 1)
  },
  'a stream that breaks raises and is never taken for whole': async () => {
    for (const script of ['[[tokens=12]] [[cut=4]]', '[[tokens=12]] [[error-after=4]]', '[[tokens=12]] [[no-done]]']) {
      const types = []
      const stream = await quick.messages.create(say(script, { stream: true }))
      await assert.rejects(async () => { for await (const event of stream) types.push(event.type) }, Anthropic.APIError, script)
      assert.equal(types[0], 'message_start')
      assert.ok(!types.includes('message_stop'))
      await assert.rejects(quick.messages.stream(say(script)).finalMessage(), Anthropic.AnthropicError, script)
    }
  },
  'tokens are counted without a call': async () => {
    const before = await provider.bill()
    const short = await client.messages.countTokens({ model: 'desk', messages: [{ role: 'user', content: 'hello' }] })
    const long = await client.messages.countTokens({ model: 'desk', system: 'Be brief.', tools, messages: [{ role: 'user', content: 'hello there, how do you do?' }] })
    assert.ok(short.input_tokens > 0 && long.input_tokens > short.input_tokens + 10)
    assert.equal(short.millwright.estimated, false)   // text alone, on a model whose encoding is known
    assert.equal(long.millwright.estimated, true)    // tools are written into the prompt nobody knows how
    assert.deepEqual(await provider.bill(), before)
  },
  'a budget that is spent is refused once, as billing_error': async () => {
    const poor = new Anthropic({ apiKey: factory.key('desk', '--budget', '0.000001 USD'), baseURL: factory.url, maxRetries: 2, fetch: counted })
    requests = 0
    await assert.rejects(poor.messages.create(say('hello')), (error) => {
      assert.equal(error.status, 402)
      assert.equal(error.error.error.type, 'billing_error')
      return true
    })
    assert.equal(requests, 1)
  },
  'leaving in the middle of a stream is billed': async () => {
    const stream = client.messages.stream(say('slow [[tokens=50]] [[interval=100]]'))
    const left = new Promise((done) => stream.on('abort', done))
    let id
    stream.on('connect', () => { id = stream.request_id })
    await new Promise((done) => { let heard = 0; stream.on('text', () => { if (++heard === 3) done() }) })
    id ??= stream.request_id
    stream.abort()
    await left
    const cancelled = await trace((item) => item.surface === 'messages.stream', '--status', 'cancelled')
    if (id) assert.equal(cancelled.id, id)
    assert.ok(nano(cancelled.cost_usd) > 0n)
  },
})

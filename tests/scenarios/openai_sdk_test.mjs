// The official OpenAI SDK, unmodified, against the running binary: chat with and without streaming, tools, structured
// output, embeddings, errors, retries.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url, { fallback: '' }))
await factory.serve()
const apiKey = factory.key('desk')
const client = new OpenAI({ apiKey, baseURL: factory.url + '/v1', maxRetries: 2 })
const say = (content, more = {}) => ({ model: 'desk', messages: [{ role: 'user', content }], ...more })

await run({
  'a chat answers with text, usage and our headers': async () => {
    const { data, response } = await client.chat.completions.create(say('hello [[tokens=6]]')).withResponse()
    assert.equal(data.choices[0].message.content, 'the answer is in your manual')
    assert.equal(data.choices[0].finish_reason, 'stop')
    assert.equal(data.usage.completion_tokens, 6)
    assert.match(response.headers.get('x-request-id'), /^[0-9a-f]{32}$/)
    assert.equal(response.headers.get('x-millwright-model'), 'small')
    const expected = data.usage.prompt_tokens * 1000 + 6 * 2000
    assert.equal(Number(response.headers.get('x-millwright-cost-usd')), expected / 1e9)
    assert.equal(data.millwright.cost_usd, response.headers.get('x-millwright-cost-usd'))
  },
  'a stream gives the same text in pieces and ends well': async () => {
    const stream = await client.chat.completions.create(say('hello [[tokens=20]]', { stream: true }))
    let text = ''
    let chunks = 0
    let finish = null
    for await (const chunk of stream) {
      ++chunks
      assert.ok(!chunk.usage, 'usage was not asked for')
      assert.ok(chunk.choices.length > 0)
      text += chunk.choices[0].delta.content ?? ''
      finish = chunk.choices[0].finish_reason ?? finish
    }
    const whole = await client.chat.completions.create(say('hello [[tokens=20]]'))
    assert.equal(text, whole.choices[0].message.content)
    assert.equal(finish, 'stop')
    assert.ok(chunks > 5)
  },
  'usage comes last in a stream when asked for': async () => {
    const stream = await client.chat.completions.create(say('hi [[tokens=4]] [[cached=3]]', { stream: true, stream_options: { include_usage: true } }))
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    const last = chunks.at(-1)
    assert.equal(last.choices.length, 0)
    assert.equal(last.usage.completion_tokens, 4)
    assert.equal(last.usage.prompt_tokens_details.cached_tokens, 3)
    assert.ok(chunks.slice(0, -1).every((chunk) => !chunk.usage))
  },
  'the stream helper of the SDK accepts it': async () => {
    const runner = client.chat.completions.stream(say('hello [[tokens=8]]'))
    const final = await runner.finalChatCompletion()
    assert.equal(final.choices[0].message.content, 'the answer is in your manual page two')
  },
  'tool calls pass, streamed and not': async () => {
    const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
    const whole = await client.chat.completions.create(say('weather [[tool]]', { tools }))
    assert.equal(whole.choices[0].finish_reason, 'tool_calls')
    assert.deepEqual(JSON.parse(whole.choices[0].message.tool_calls[0].function.arguments), { city: 'Bern' })
  },
  'parallel tool calls are gathered, streamed and not': async () => {
    const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
    const request = say('weather [[tool=3]]', { tools, parallel_tool_calls: true })
    const cities = (completion) => completion.choices[0].message.tool_calls.map((call) => [call.id, JSON.parse(call.function.arguments).city])
    const expected = [['call_1', 'Bern'], ['call_2', 'Oslo'], ['call_3', 'Rome']]
    assert.deepEqual(cities(await client.chat.completions.create(request)), expected)
    assert.deepEqual(cities(await client.chat.completions.stream(request).finalChatCompletion()), expected)
  },
  'structured output is parsed, streamed and not': async () => {
    const request = say('where [[say={"city":"Bern"}]]', { response_format: zodResponseFormat(z.object({ city: z.string() }), 'place') })
    assert.deepEqual((await client.chat.completions.parse(request)).choices[0].message.parsed, { city: 'Bern' })
    assert.deepEqual((await client.chat.completions.stream(request).finalChatCompletion()).choices[0].message.parsed, { city: 'Bern' })
  },
  'embeddings come back in order, as numbers': async () => {
    const answer = await client.embeddings.create({ model: 'desk', input: ['one', 'two'] })
    assert.deepEqual(answer.data.map((item) => item.index), [0, 1])
    assert.ok(answer.data.every((item) => item.embedding.length > 0 && item.embedding.every(Number.isFinite)))
    assert.ok(answer.usage.prompt_tokens > 0)
  },
  'a spent budget is not tried again by the SDK': async () => {
    const spent = factory.key('desk', '--budget', '0.000001 USD')
    let requests = 0
    const poor = new OpenAI({ apiKey: spent, baseURL: factory.url + '/v1', maxRetries: 2, fetch: (...args) => { ++requests; return fetch(...args) } })
    await assert.rejects(poor.chat.completions.create(say('hello')), (error) => error.status === 429 && error.headers.get('x-should-retry') === 'false')
    assert.equal(requests, 1)
  },
  'a wrong key is AuthenticationError': async () => {
    const wrong = new OpenAI({ apiKey: 'mw_wrong', baseURL: factory.url + '/v1', maxRetries: 0 })
    await assert.rejects(wrong.chat.completions.create(say('hello')), OpenAI.AuthenticationError)
  },
  'an unknown model is NotFoundError with a hint': async () => {
    await assert.rejects(client.chat.completions.create({ ...say('hello'), model: 'desc' }), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError)
      assert.equal(error.code, 'model_not_found')
      assert.match(error.message, /desk/)
      return true
    })
  },
  'a wrong field is BadRequestError that names it': async () => {
    await assert.rejects(client.chat.completions.create(say('hello', { temperature: 'hot' })), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError)
      assert.equal(error.param, 'temperature')
      return true
    })
  },
  'a failure that passes is retried and costs once': async () => {
    const before = await provider.bill()
    const answer = await client.chat.completions.create(say(`again ${Date.now()} [[fail-times=1]] [[status=503]]`))
    assert.ok(answer.choices[0].message.content)
    assert.equal((await provider.bill()).calls, before.calls + 1)
  },
  'a provider error keeps its status and says where it came from': async () => {
    const quick = new OpenAI({ apiKey, baseURL: factory.url + '/v1', maxRetries: 0 })
    await assert.rejects(quick.chat.completions.create(say('x [[status=400]]')), (error) => {
      assert.equal(error.status, 400)
      assert.equal(error.error.millwright.origin, 'provider')
      return true
    })
    await assert.rejects(quick.chat.completions.create(say('x [[status=500]]')), (error) => error.status === 502)
    await assert.rejects(quick.chat.completions.create(say('x [[garbage]]')), (error) => error.status === 502)
    await assert.rejects(quick.chat.completions.create(say('x [[error-in-200]]')), (error) => error.status === 502)
  },
  'a stream that breaks raises and is never taken for whole': async () => {
    for (const script of ['[[tokens=12]] [[cut=4]]', '[[tokens=12]] [[error-after=4]]', '[[tokens=12]] [[no-done]]']) {
      const stream = await client.chat.completions.create(say(script, { stream: true }))
      await assert.rejects(async () => { for await (const chunk of stream) void chunk }, OpenAI.APIError, script)
    }
  },
  'models lists the use case': async () => {
    const models = await client.models.list()
    assert.deepEqual(models.data.map((model) => model.id), ['desk'])
    assert.equal((await client.models.retrieve('desk')).id, 'desk')
  },
  'a rate limit answers 429 with an exact retry-after': async () => {
    const limited = factory.key('desk', '--rpm', '2')
    const statuses = []
    let retryAfter
    for (let i = 0; i < 3; ++i) {
      const response = await factory.ask(limited, 'hi')
      statuses.push(response.status)
      retryAfter = response.headers.get('retry-after-ms')
      assert.equal(response.headers.get('x-ratelimit-limit-requests'), '2')
    }
    assert.deepEqual(statuses, [200, 200, 429])
    assert.ok(Number(retryAfter) > 25_000 && Number(retryAfter) <= 30_000, retryAfter)
  },
  'the caller leaving cancels upstream and is settled': async () => {
    const controller = new AbortController()
    const pending = factory.chat(apiKey, say('slow [[delay=3000]]'), {}, controller.signal).catch(() => 'aborted')
    await new Promise((done) => setTimeout(done, 300))
    controller.abort()
    assert.equal(await pending, 'aborted')
    for (let i = 0; i < 100; ++i) {
      const page = factory.json('trace', 'list', '--status', 'cancelled')
      if (page.items?.length) return
      await new Promise((done) => setTimeout(done, 50))
    }
    assert.fail('no cancelled call in the ledger')
  },
})

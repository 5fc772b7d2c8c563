// The official OpenAI SDK, unmodified, against the running binary: responses (whole, streamed, continued, kept, in the
// background) and the legacy completions.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import OpenAI from 'openai'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url, { useCase: 'max_prompt: 64KiB' }))
await factory.serve()
const apiKey = factory.key('desk', '--user', 'ana')
const connect = (key = apiKey, more = {}) => new OpenAI({ apiKey: key, baseURL: factory.url + '/v1', maxRetries: 0, ...more })
let client = connect()
const ask = (input, more = {}) => ({ model: 'desk', input, ...more })
const tools = [{ type: 'function', name: 'lookup', description: 'Weather of a city', strict: null, parameters: { type: 'object', properties: { city: { type: 'string' } } } }]
const until = async (read, done) => {
  for (let i = 0; i < 400; ++i) {
    const value = await read()
    if (done(value)) return value
    await new Promise((next) => setTimeout(next, 25))
  }
  throw new Error('it never happened')
}
const ended = ({ status }) => status !== 'queued' && status !== 'in_progress'
const events = async (stream) => { const list = []; for await (const event of stream) list.push(event); return list }

await run({
  'a response answers with text, usage and our headers': async () => {
    const { data, response } = await client.responses.create(ask('hello [[tokens=6]] [[cached=3]]', { metadata: { ticket: '7' }, instructions: 'Be brief.', temperature: 0 })).withResponse()
    assert.equal(data.output_text, 'the answer is in your manual')
    assert.equal(data.status, 'completed')
    assert.equal(data.object, 'response')
    assert.match(data.id, /^resp_[0-9a-f]{32}$/)
    assert.deepEqual(data.output.map(({ type, status, role }) => [type, status, role]), [['message', 'completed', 'assistant']])
    assert.deepEqual(data.output[0].content[0].annotations, [])
    assert.equal(data.usage.output_tokens, 6)
    assert.equal(data.usage.input_tokens_details.cached_tokens, 3)
    assert.equal(data.usage.output_tokens_details.reasoning_tokens, 0)
    assert.equal(data.usage.total_tokens, data.usage.input_tokens + 6)
    assert.deepEqual(data.metadata, { ticket: '7' })
    assert.equal(data.instructions, 'Be brief.')
    assert.equal(data.store, true)
    const cost = BigInt(data.usage.input_tokens - 3) * 1000n + 3n * 500n + 6n * 2000n
    assert.equal(nano(response.headers.get('x-millwright-cost-usd')), cost)
    assert.equal(data.millwright.cost_usd, response.headers.get('x-millwright-cost-usd'))
  },
  'a stream says the documented events in order, numbered without gaps, under one id': async () => {
    const list = await events(await client.responses.create(ask('hello [[tokens=5]]', { stream: true })))
    assert.deepEqual(list.map((event) => event.sequence_number), list.map((_, i) => i))
    const kinds = list.map((event) => event.type).filter((type, i, all) => type !== all[i - 1])
    assert.deepEqual(kinds, ['response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added', 'response.output_text.delta', 'response.output_text.done', 'response.content_part.done', 'response.output_item.done', 'response.completed'])
    const ids = new Set(list.filter((event) => event.response).map((event) => event.response.id))
    assert.equal(ids.size, 1)
    const text = list.filter((event) => event.type === 'response.output_text.delta').map((event) => event.delta).join('')
    const whole = await client.responses.create(ask('hello [[tokens=5]]'))
    assert.equal(text, whole.output_text)
    const last = list.at(-1).response
    assert.equal(last.usage.output_tokens, 5)
    assert.ok(last.millwright.cost_usd)
    assert.deepEqual(Object.keys(last).sort(), Object.keys(whole).sort().filter((name) => name !== 'output_text'))
  },
  'the stream helper of the SDK accepts it': async () => {
    const runner = client.responses.stream(ask('hello [[tokens=8]]'))
    const final = await runner.finalResponse()
    assert.equal(final.output_text, 'the answer is in your manual page two')
    assert.equal(final.status, 'completed')
  },
  'the output limit ends a response as incomplete': async () => {
    const whole = await client.responses.create(ask('hello [[tokens=50]] [[finish=length]]', { max_output_tokens: 16 }))
    assert.equal(whole.usage.output_tokens, 16)
    assert.equal(whole.max_output_tokens, 16)
    assert.equal(whole.status, 'incomplete')
    assert.deepEqual(whole.incomplete_details, { reason: 'max_output_tokens' })
    const list = await events(await client.responses.create(ask('hello [[tokens=5]] [[finish=length]]', { stream: true })))
    assert.equal(list.at(-1).type, 'response.incomplete')
  },
  'tools make a round trip, whole and streamed': async () => {
    const first = await client.responses.create(ask('weather [[tool]]', { tools }))
    const call = first.output.find((item) => item.type === 'function_call')
    assert.deepEqual([call.name, JSON.parse(call.arguments), call.status], ['lookup', { city: 'Bern' }, 'completed'])
    const second = await client.responses.create(ask([{ type: 'function_call_output', call_id: call.call_id, output: 'sunny' }], { tools, previous_response_id: first.id }))
    assert.equal(second.status, 'completed')
    const byHand = await client.responses.create(ask([{ role: 'user', content: 'weather?' }, ...first.output, { type: 'function_call_output', call_id: call.call_id, output: 'sunny' }, { role: 'user', content: 'so? [[tokens=2]]' }], { tools, store: false }))
    assert.equal(byHand.output_text, 'the answer')
    const list = await events(await client.responses.create(ask('weather [[tool]]', { tools, stream: true })))
    const done = list.find((event) => event.type === 'response.function_call_arguments.done')
    assert.equal(done.arguments, '{"city":"Bern"}')
    assert.equal(list.filter((event) => event.type === 'response.function_call_arguments.delta').map((event) => event.delta).join(''), done.arguments)
  },
  'a schema of the answer travels': async () => {
    const format = { type: 'json_schema', name: 'verdict', strict: true, schema: { type: 'object', properties: {}, additionalProperties: false } }
    const { data } = await client.responses.create(ask('x [[show=response_format]]', { text: { format }, reasoning: { effort: 'low' } })).withResponse()
    assert.deepEqual(JSON.parse(data.output_text), { type: 'json_schema', json_schema: { name: 'verdict', schema: format.schema, strict: true } })
    assert.deepEqual(data.text.format, { ...format, description: null })
    assert.equal(data.reasoning.effort, 'low')
  },
  'previous_response_id brings the conversation back, instructions stay behind': async () => {
    const first = await client.responses.create(ask('my name is Zora [[tokens=3]]', { instructions: 'Old rules.' }))
    const second = await client.responses.create(ask('and now? [[show=messages]]', { previous_response_id: first.id, instructions: 'New rules.' }))
    assert.deepEqual(JSON.parse(second.output_text), [
      { role: 'system', content: 'New rules.' }, { role: 'user', content: 'my name is Zora [[tokens=3]]' },
      { role: 'assistant', content: 'the answer is' }, { role: 'user', content: 'and now? [[show=messages]]' }])
    const third = await client.responses.create(ask('third [[show=messages]]', { previous_response_id: second.id }))
    assert.equal(JSON.parse(third.output_text).length, 5)
    await assert.rejects(client.responses.create(ask('x', { previous_response_id: 'resp_none' })), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError)
      assert.equal(error.param, 'previous_response_id')
      return true
    })
  },
  'what is kept can be retrieved, listed and deleted, by its own callers only': async () => {
    const made = await client.responses.create(ask([{ role: 'user', content: [{ type: 'input_text', text: 'one' }] }, { role: 'user', content: 'two' }]))
    const again = await client.responses.retrieve(made.id)
    assert.deepEqual({ ...again, output_text: 0 }, { ...made, output_text: 0 })
    const items = await client.responses.inputItems.list(made.id, { order: 'asc' })
    assert.deepEqual(items.data.map((item) => [item.type, item.role]), [['message', 'user'], ['message', 'user']])
    assert.equal(new Set(items.data.map((item) => item.id)).size, 2)
    const pages = []
    for await (const item of client.responses.inputItems.list(made.id, { limit: 1 })) pages.push(item.id)
    assert.deepEqual(pages, items.data.map((item) => item.id).reverse())
    const others = [connect(factory.key('desk', '--user', 'bob')), connect(factory.key('desk'))]
    for (const other of others) {
      await assert.rejects(other.responses.retrieve(made.id), OpenAI.NotFoundError)
      await assert.rejects(other.responses.delete(made.id), OpenAI.NotFoundError)
      await assert.rejects(other.responses.inputItems.list(made.id), OpenAI.NotFoundError)
      await assert.rejects(other.responses.cancel(made.id), OpenAI.NotFoundError)
      await assert.rejects(other.responses.create(ask('x', { previous_response_id: made.id })), OpenAI.NotFoundError)
    }
    await client.responses.delete(made.id)
    await assert.rejects(client.responses.retrieve(made.id), OpenAI.NotFoundError)
  },
  'store: false keeps nothing, and what is kept is not readable on disk': async () => {
    const loose = await client.responses.create(ask('not kept', { store: false }))
    assert.equal(loose.store, false)
    await assert.rejects(client.responses.retrieve(loose.id), OpenAI.NotFoundError)
    await client.responses.create(ask('swordfish-4711 must not be readable'))
    for (const name of readdirSync(factory.data)) {
      if (!name.startsWith('millwright.db')) continue
      assert.ok(!readFileSync(path.join(factory.data, name)).includes('swordfish-4711'), name)
    }
  },
  'a stream is kept as well': async () => {
    const list = await events(await client.responses.create(ask('hello [[tokens=5]]', { stream: true })))
    assert.deepEqual(await client.responses.retrieve(list.at(-1).response.id).then(({ output }) => output), list.at(-1).response.output)
  },
  'background: begun at once, polled to its end, billed once': async () => {
    const before = await provider.bill()
    const queued = await client.responses.create(ask('later [[delay=400]] [[tokens=4]]', { background: true }))
    assert.equal(queued.status, 'queued')
    assert.deepEqual(queued.output, [])
    await assert.rejects(client.responses.create(ask('x', { previous_response_id: queued.id })), (error) => error.status === 409)
    await until(() => client.responses.retrieve(queued.id), ({ status }) => status === 'in_progress')
    const done = await until(() => client.responses.retrieve(queued.id), ended)
    assert.equal(done.status, 'completed')
    assert.equal(done.output_text, 'the answer is in')
    assert.equal((await provider.bill()).calls, before.calls + 1)
    assert.equal(factory.json('trace', 'list', '--limit', '1').items[0].surface, 'responses.background')
  },
  'background: cancelled, and a second time without harm; what cannot be cancelled says so': async () => {
    const queued = await client.responses.create(ask('never [[delay=20000]]', { background: true }))
    await until(() => client.responses.retrieve(queued.id), ({ status }) => status === 'in_progress')
    assert.equal((await client.responses.cancel(queued.id)).status, 'cancelled')
    assert.equal((await client.responses.cancel(queued.id)).status, 'cancelled')
    await until(() => factory.json('trace', 'list', '--limit', '1').items[0], ({ status }) => status === 'cancelled')
    assert.equal((await client.responses.retrieve(queued.id)).status, 'cancelled')
    const whole = await client.responses.create(ask('hello'))
    await assert.rejects(client.responses.cancel(whole.id), OpenAI.BadRequestError)
  },
  'background: a failure of the provider becomes a failed response': async () => {
    const queued = await client.responses.create(ask('x [[status=400]]', { background: true }))
    const done = await until(() => client.responses.retrieve(queued.id), ended)
    assert.equal(done.status, 'failed')
    assert.equal(done.error.millwright.origin, 'provider')
    await assert.rejects(client.responses.create(ask('x', { previous_response_id: queued.id })), OpenAI.BadRequestError)
  },
  'references stand for the items of kept responses, of one\'s own scope only': async () => {
    const first = await client.responses.create(ask('hello [[tokens=3]]'))
    const said = { type: 'item_reference', id: first.output[0].id }
    const next = { role: 'user', content: 'and now [[show=messages]]' }
    const shown = JSON.parse((await client.responses.create(ask([{ role: 'user', content: 'hello' }, said, next]))).output_text)
    assert.deepEqual(shown.map((message) => [message.role, message.content]).slice(0, 2), [['user', 'hello'], ['assistant', 'the answer is']])
    const asked = (await client.responses.inputItems.list(first.id)).data[0]
    assert.ok((await client.responses.create(ask([{ type: 'item_reference', id: asked.id }]))).output_text)
    const other = connect(factory.key('desk', '--user', 'ben'))
    const unkept = (await client.responses.create(ask('hello', { store: false }))).output[0].id
    for (const [who, id] of [[client, 'msg_1'], [client, said.id.replace(/o0$/, 'o9')], [client, unkept], [other, said.id]]) {
      await assert.rejects(who.responses.create(ask([{ type: 'item_reference', id }, next])), (error) => error.status === 404 && error.param === 'input[0].id')
    }
  },
  'wrong requests are refused and name the field': async () => {
    const wrong = [
      [ask('x', { temperature: 'hot' }), 'temperature'], [ask('x', { max_output_tokens: 0 }), 'max_output_tokens'],
      [ask('x', { tools: [{ type: 'web_search' }] }), 'tools[0].type'], [ask('x', { conversation: 'conv_1' }), 'conversation'],
      [ask('x', { messages: [] }), 'messages'], [ask(undefined), 'input'], [ask([]), 'input'], [ask('x', { truncation: 'auto' }), 'truncation'],
      [ask([{ type: 'web_search_call', id: 'ws_1' }]), 'input[0].type'], [ask([{ role: 'tool', content: 'x' }]), 'input[0].role'],
      [ask([{ type: 'function_call_output', call_id: 'c', output: 'x' }]), 'input[0].call_id'],
      [ask([{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }]), 'input[0].content[0].image_url'],
      [ask('x', { background: true, store: false }), 'background'], [ask('x', { include: ['everything'] }), 'include[0]'],
      [ask('x', { text: { format: { type: 'json_schema', schema: {} } } }), 'text.format.name'], [ask('x', { metadata: { a: 1 } }), 'metadata.a'],
    ]
    for (const [body, param] of wrong) {
      await assert.rejects(client.responses.create(body), (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError, `${param}: ${error.message}`)
        assert.equal(error.param, param)
        return true
      })
    }
    const long = 'x'.repeat(65 * 1024)
    await assert.rejects(client.responses.create(ask(long)), (error) => error.status === 413 && error.param === 'input')
    await assert.rejects(client.completions.create({ model: 'desk', prompt: long }), (error) => error.status === 413 && error.param === 'prompt')
    await assert.rejects(client.responses.create({ ...ask('x'), model: 'desc' }), OpenAI.NotFoundError)
    await assert.rejects(connect('mw_wrong').responses.create(ask('x')), OpenAI.AuthenticationError)
    await assert.rejects(client.responses.create(ask('x [[status=400]]')), (error) => error.status === 400 && error.error.millwright.origin === 'provider')
  },
  'a stream that breaks ends as failed and is never taken for whole': async () => {
    for (const script of ['[[tokens=12]] [[cut=4]]', '[[tokens=12]] [[error-after=4]]', '[[tokens=12]] [[no-done]]']) {
      const list = await events(await client.responses.create(ask(script, { stream: true })))
      const last = list.at(-1)
      assert.equal(last.type, 'response.failed', script)
      assert.equal(last.response.status, 'failed')
      assert.equal(last.response.error.code, 'server_error')
      assert.ok(!list.some((event) => event.type === 'response.completed'))
      assert.equal((await client.responses.retrieve(last.response.id)).status, 'failed')
    }
  },
  'leaving a stream half way cancels upstream and is billed': async () => {
    const stream = await client.responses.create(ask('[[tokens=60]] [[interval=50]]', { stream: true }))
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') break
    }
    const row = await until(() => factory.json('trace', 'list', '--limit', '1').items[0], ({ surface, status }) => surface === 'responses.stream' && status === 'cancelled')
    assert.ok(nano(row.cost_usd) > 0n)
  },
  'a dry run decides and calls nobody': async () => {
    const before = await provider.bill()
    const decided = await client.responses.create(ask('x'), { headers: { 'x-millwright-dry-run': '1' } })
    assert.equal(decided.object, 'millwright.dry_run')
    assert.equal((await provider.bill()).calls, before.calls)
  },
  'a restart shows what it interrupted as failed, and keeps the rest': async () => {
    const kept = await client.responses.create(ask('before the restart'))
    const queued = await client.responses.create(ask('never [[delay=20000]]', { background: true }))
    await until(() => client.responses.retrieve(queued.id), ({ status }) => status === 'in_progress')
    await factory.kill()
    await factory.serve()
    client = connect()
    const interrupted = await client.responses.retrieve(queued.id)
    assert.equal(interrupted.status, 'failed')
    assert.match(interrupted.error.message, /restarted/)
    assert.equal((await client.responses.retrieve(kept.id)).output_text, kept.output_text)
  },
  'completions: a prompt, a list of prompts, n, echo, stop': async () => {
    const { data, response } = await client.completions.create({ model: 'desk', prompt: 'once [[tokens=3]]', max_tokens: 10 }).withResponse()
    assert.deepEqual([data.object, data.choices[0].text, data.choices[0].index, data.choices[0].finish_reason], ['text_completion', 'the answer is', 0, 'stop'])
    assert.match(data.id, /^cmpl-/)
    assert.equal(nano(response.headers.get('x-millwright-cost-usd')), BigInt(data.usage.prompt_tokens) * 1000n + 6000n)
    const before = await provider.bill()
    const many = await client.completions.create({ model: 'desk', prompt: ['a [[tokens=1]]', 'b [[tokens=2]]'], n: 2, echo: true })
    assert.deepEqual(many.choices.map(({ index, text }) => [index, text]), [[0, 'a [[tokens=1]]the'], [1, 'a [[tokens=1]]the'], [2, 'b [[tokens=2]]the answer'], [3, 'b [[tokens=2]]the answer']])
    const after = await provider.bill()
    assert.equal(after.calls, before.calls + 2)
    assert.equal(many.usage.completion_tokens, after.completion_tokens - before.completion_tokens)
    const stopped = await client.completions.create({ model: 'desk', prompt: 'x [[show=stop]]', stop: ['END'] })
    assert.deepEqual(JSON.parse(stopped.choices[0].text), ['END'])
  },
  'completions: streamed, with usage when asked for': async () => {
    const list = await events(await client.completions.create({ model: 'desk', prompt: ['p [[tokens=4]]', 'q [[tokens=2]]'], stream: true, echo: true, stream_options: { include_usage: true } }))
    const text = (index) => list.flatMap((chunk) => chunk.choices).filter((choice) => choice.index === index).map((choice) => choice.text).join('')
    assert.equal(text(0), 'p [[tokens=4]]the answer is in')
    assert.equal(text(1), 'q [[tokens=2]]the answer')
    assert.ok(list.every((chunk) => chunk.object === 'text_completion' && chunk.id === list[0].id))
    assert.equal(list.at(-1).usage.completion_tokens, 6)
    assert.deepEqual(list.at(-1).choices, [])
    const plain = await events(await client.completions.create({ model: 'desk', prompt: 'p [[tokens=4]]', stream: true }))
    assert.ok(plain.every((chunk) => !chunk.usage && chunk.choices.length > 0))
    await assert.rejects(async () => events(await client.completions.create({ model: 'desk', prompt: '[[tokens=9]] [[cut=3]]', stream: true })), OpenAI.APIError)
  },
  'completions: what no chat model can do is refused by name': async () => {
    for (const [more, param] of [[{ suffix: 'end' }, 'suffix'], [{ logprobs: 2 }, 'logprobs'], [{ best_of: 3 }, 'best_of'], [{ prompt: [1, 2] }, 'prompt[0]'], [{ prompt: [] }, 'prompt'], [{ n: 99 }, 'n'], [{ max_tokens: 0 }, 'max_tokens'], [{ temperature: 'hot' }, 'temperature']]) {
      await assert.rejects(client.completions.create({ model: 'desk', prompt: 'x', ...more }), (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError, `${param}: ${error.message}`)
        assert.equal(error.param, param)
        return true
      })
    }
  },
  'stopping settles what runs in the background': async () => {
    const queued = await client.responses.create(ask('soon [[delay=600]]', { background: true }))
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await factory.serve()
    client = connect()
    assert.equal((await client.responses.retrieve(queued.id)).status, 'completed')
    await factory.stop()
    await provider.stop()
    factory.cleanUp()
  },
})

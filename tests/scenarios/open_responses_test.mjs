// What the Open Responses specification (https://www.openresponses.org, 2026-04-24) asks of a server, member by member
// and event by event; and streams of responses in the background, left and taken up again.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url))
await factory.serve()
const apiKey = factory.key('desk', '--user', 'ana')
const client = new OpenAI({ apiKey, baseURL: factory.url + '/v1', maxRetries: 0 })
const call = (path, { method = 'GET', body, key = apiKey } = {}) => fetch(factory.url + '/v1' + path, {
  method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) })
const create = (body) => call('/responses', { method: 'POST', body: { model: 'desk', ...body } })
const user = (content) => [{ type: 'message', role: 'user', content }]
const weather = [{ type: 'function', name: 'get_weather', description: 'The weather at a place', parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] } }]

// Types: a letter each, "?" may be null. n number, i integer, s string, b true or false, a list, o object.
const kinds = { n: (v) => typeof v === 'number', i: Number.isInteger, s: (v) => typeof v === 'string', b: (v) => typeof v === 'boolean', a: Array.isArray, o: (v) => typeof v === 'object' && v !== null && !Array.isArray(v) }
const check = (object, shape, where) => {
  for (const [name, type] of Object.entries(shape)) {
    assert.ok(name in object, `${where}.${name} is missing`)
    if (type.endsWith('?') && object[name] === null) continue
    assert.ok([...type.replace('?', '')].some((letter) => kinds[letter](object[name])), `${where}.${name} is ${JSON.stringify(object[name])}`)
  }
}
const responseShape = { id: 's', object: 's', created_at: 'i', completed_at: 'i?', status: 's', incomplete_details: 'o?', model: 's', previous_response_id: 's?', instructions: 's?', output: 'a', error: 'o?', tools: 'a', tool_choice: 'so', truncation: 's', parallel_tool_calls: 'b', text: 'o', top_p: 'n', presence_penalty: 'n', frequency_penalty: 'n', top_logprobs: 'i', temperature: 'n', reasoning: 'o?', usage: 'o?', max_output_tokens: 'i?', max_tool_calls: 'i?', store: 'b', background: 'b', service_tier: 's', metadata: 'o', safety_identifier: 's?', prompt_cache_key: 's?' }
const partShapes = { output_text: { text: 's', annotations: 'a' }, input_text: { text: 's' }, refusal: { refusal: 's' }, reasoning_text: { text: 's' } }
const checkPart = (part, where) => { assert.ok(partShapes[part.type], `${where}: ${part.type}`); check(part, partShapes[part.type], where) }
const checkItem = (item, where) => {
  check(item, { id: 's', type: 's' }, where)
  if (item.type === 'message') {
    check(item, { status: 's', role: 's', content: 'a' }, where)
    for (const part of item.content) checkPart(part, `${where}.content`)
  } else if (item.type === 'function_call') check(item, { call_id: 's', name: 's', arguments: 's', status: 's' }, where)
  else if (item.type === 'function_call_output') check(item, { call_id: 's', output: 'sa', status: 's' }, where)
  else check(item, { summary: 'a' }, where)
}
const checkResponse = (response, where = 'response') => {
  check(response, responseShape, where)
  assert.equal(response.object, 'response')
  assert.equal(response.status === 'completed', response.completed_at !== null, `${where}.completed_at`)
  for (const item of response.output) checkItem(item, `${where}.output`)
  for (const tool of response.tools) check(tool, { type: 's', name: 's', description: 's?', parameters: 'o?', strict: 'b?' }, `${where}.tools`)
  check(response.text, { format: 'o' }, `${where}.text`)
  if (response.usage) {
    check(response.usage, { input_tokens: 'i', output_tokens: 'i', total_tokens: 'i', input_tokens_details: 'o', output_tokens_details: 'o' }, `${where}.usage`)
    check(response.usage.input_tokens_details, { cached_tokens: 'i' }, `${where}.usage`)
    check(response.usage.output_tokens_details, { reasoning_tokens: 'i' }, `${where}.usage`)
  }
}
const at = { item_id: 's', output_index: 'i' }
const eventShapes = {
  'response.output_item.added': { output_index: 'i', item: 'o' }, 'response.output_item.done': { output_index: 'i', item: 'o' },
  'response.content_part.added': { ...at, content_index: 'i', part: 'o' }, 'response.content_part.done': { ...at, content_index: 'i', part: 'o' },
  'response.output_text.delta': { ...at, content_index: 'i', delta: 's', logprobs: 'a' }, 'response.output_text.done': { ...at, content_index: 'i', text: 's', logprobs: 'a' },
  'response.function_call_arguments.delta': { ...at, delta: 's' }, 'response.function_call_arguments.done': { ...at, arguments: 's' },
  'response.output_text.annotation.added': { ...at, content_index: 'i', annotation_index: 'i', annotation: 'o' },
}
for (const name of ['created', 'queued', 'in_progress', 'completed', 'incomplete', 'failed']) eventShapes[`response.${name}`] = { response: 'o' }

/** The events of a stream, each with the name it came `under`; `most` leaves after so many. */
const read = async (answer, most = Infinity) => {
  assert.equal(answer.status, 200, answer.status === 200 ? '' : await answer.text())
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/)
  const events = []
  let text = ''
  for await (const bytes of answer.body.pipeThrough(new TextDecoderStream())) {
    text += bytes
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const lines = text.slice(0, end).split('\n')
      const data = lines.find((line) => line.startsWith('data: '))
      if (data) events.push({ under: lines.find((line) => line.startsWith('event: '))?.slice(7), ...JSON.parse(data.slice(6)) })
      if (events.length >= most) return events
    }
  }
  return events
}
const checkEvents = (events, first = 0) => {
  events.forEach((event, i) => {
    assert.equal(event.sequence_number, first + i)
    assert.equal(event.under, event.type)
    assert.ok(eventShapes[event.type], event.type)
    check(event, eventShapes[event.type], event.type)
    if (event.response) checkResponse(event.response, event.type)
    if (event.item) checkItem(event.item, event.type)
    if (event.part) checkPart(event.part, event.type)
  })
}
await run({
  'a text': async () => {
    const response = await (await create({ input: user('Say hello in exactly 3 words. [[tokens=3]]') })).json()
    checkResponse(response)
    assert.equal(response.status, 'completed')
    assert.equal(response.output[0].content[0].text, 'the answer is')
  },
  'a stream': async () => {
    const events = await read(await create({ input: user('Count. [[tokens=5]]'), stream: true }))
    checkEvents(events)
    assert.equal(events.at(-1).type, 'response.completed')
  },
  'a system message, and a developer\'s': async () => {
    for (const role of ['system', 'developer']) {
      const response = await (await create({ input: [{ type: 'message', role, content: 'Speak like a pirate.' }, ...user('Hello [[show=messages]]')] })).json()
      checkResponse(response)
      assert.deepEqual(JSON.parse(response.output[0].content[0].text).map((message) => message.role), [role, 'user'])
    }
  },
  'a call of a function, whole and streamed, with its answer': async () => {
    const response = await (await create({ input: user('The weather? [[tool]]'), tools: weather })).json()
    checkResponse(response)
    const made = response.output.find((item) => item.type === 'function_call')
    assert.ok(JSON.parse(made.arguments))
    const events = await read(await create({ input: user('The weather? [[tool]]'), tools: weather, stream: true }))
    checkEvents(events)
    for (const type of ['response.function_call_arguments.delta', 'response.function_call_arguments.done']) assert.ok(events.some((event) => event.type === type), type)
    assert.ok(events.some((event) => event.type === 'response.output_item.done' && event.item.type === 'function_call'))
    const next = await (await create({ input: [...user('The weather?'), made, { type: 'function_call_output', call_id: made.call_id, output: [{ type: 'input_text', text: 'sunny' }] }], tools: weather })).json()
    checkResponse(next)
    for (const tool_choice of ['auto', 'none', 'required', { type: 'function', name: 'get_weather' }, { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'get_weather' }] }]) {
      const chosen = await (await create({ input: user('x'), tools: weather, tool_choice })).json()
      checkResponse(chosen)
      assert.deepEqual(chosen.tool_choice, tool_choice)
    }
  },
  'an image': async () => {
    const image_url = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    checkResponse(await (await create({ input: user([{ type: 'input_text', text: 'What is it?' }, { type: 'input_image', image_url }]) })).json())
  },
  'several turns, by hand and by the id of the last': async () => {
    const input = [...user('My name is Alice.'), { type: 'message', role: 'assistant', content: 'Hello Alice!' }, ...user('What is my name? [[show=messages]]')]
    const response = await (await create({ input })).json()
    checkResponse(response)
    assert.equal(JSON.parse(response.output[0].content[0].text).length, 3)
    const next = await (await create({ input: user('And now?'), previous_response_id: response.id })).json()
    checkResponse(next)
    assert.equal(next.previous_response_id, response.id)
    const items = await (await call(`/responses/${response.id}/input_items?order=asc`)).json()
    for (const item of items.data) checkItem(item, 'input_items')
    assert.deepEqual(items.data.map((item) => item.content[0].type), ['input_text', 'output_text', 'input_text'])
  },
  'settings are shown as they were sent, and as the API has them where they were not': async () => {
    const sent = { temperature: 0.5, top_p: 0.9, presence_penalty: 0.25, frequency_penalty: -0.5, max_output_tokens: 32, max_tool_calls: 3, metadata: { a: 'b' }, parallel_tool_calls: false, safety_identifier: 'u', prompt_cache_key: 'k', service_tier: 'flex', user: 'u-1', reasoning: { effort: 'low', summary: null }, store: false }
    const response = await (await create({ input: user('x [[show=presence_penalty]]'), ...sent })).json()
    checkResponse(response)
    assert.equal(Number(response.output[0].content[0].text), 0.25)
    for (const [name, value] of Object.entries(sent)) if (name !== 'service_tier') assert.deepEqual(response[name], value, name)
    const plain = await (await create({ input: user('x') })).json()
    assert.deepEqual([plain.temperature, plain.top_p, plain.presence_penalty, plain.frequency_penalty, plain.top_logprobs], [1, 1, 0, 0, 0])
  },
  'a schema of the answer is shown whole': async () => {
    const format = { type: 'json_schema', name: 'verdict', schema: { type: 'object' } }
    const response = await (await create({ input: user('x'), text: { format } })).json()
    checkResponse(response)
    assert.deepEqual(response.text.format, { ...format, description: null, strict: false })
  },
  'an answer that was cut is incomplete, one that broke is failed': async () => {
    const cut = await read(await create({ input: user('x [[tokens=5]] [[finish=length]]'), stream: true }))
    checkEvents(cut)
    assert.equal(cut.at(-1).response.incomplete_details.reason, 'max_output_tokens')
    const broken = await read(await create({ input: user('x [[tokens=9]] [[cut=3]]'), stream: true }))
    checkEvents(broken)
    assert.equal(broken.at(-1).type, 'response.failed')
    check(broken.at(-1).response.error, { code: 's', message: 's' }, 'error')
  },
  'in the background and streamed: created, queued, in progress, and then as ever': async () => {
    const events = await read(await create({ input: user('later [[tokens=4]]'), background: true, stream: true }))
    checkEvents(events)
    assert.deepEqual(events.slice(0, 3).map((event) => event.type), ['response.created', 'response.queued', 'response.in_progress'])
    assert.deepEqual(events.slice(0, 3).map((event) => event.response.status), ['queued', 'queued', 'in_progress'])
    assert.equal(events.at(-1).type, 'response.completed')
    assert.equal(new Set(events.filter((event) => event.response).map((event) => event.response.id)).size, 1)
    assert.deepEqual(await (await call(`/responses/${events[0].response.id}`)).json(), events.at(-1).response)
  },
  'a stream that was left goes on where it was, while the call runs and after it': async () => {
    const before = await provider.bill()
    const abort = new AbortController()
    const answer = await fetch(factory.url + '/v1/responses', { method: 'POST', signal: abort.signal, headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'desk', input: user('long [[tokens=20]] [[interval=20]]'), background: true, stream: true }) })
    const seen = await read(answer, 8)
    abort.abort()
    const id = seen[0].response.id
    const rest = await read(await call(`/responses/${id}?stream=true&starting_after=${seen.at(-1).sequence_number}`))
    const all = [...seen, ...rest]
    checkEvents(all)
    assert.equal(all.at(-1).response.status, 'completed')
    assert.deepEqual(await read(await call(`/responses/${id}?stream=true`)), all)
    assert.deepEqual(await read(await call(`/responses/${id}?stream=true&starting_after=${all.length - 1}`)), [])
    assert.equal((await provider.bill()).calls, before.calls + 1)
    const bySdk = []
    for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: 3 })) bySdk.push(event.sequence_number)
    assert.deepEqual(bySdk, all.slice(4).map((event) => event.sequence_number))
  },
  'one that is cancelled ends for those who follow it': async () => {
    const answer = await create({ input: user('never [[tokens=50]] [[interval=200]]'), background: true, stream: true })
    const [forId, forEvents] = answer.body.tee()
    const [created] = await read(new Response(forId, answer), 1)
    const following = read(new Response(forEvents, answer))
    const id = created.response.id
    checkResponse(await client.responses.cancel(id))
    const events = await following
    assert.equal(events.at(-1).response.status, 'cancelled')
    assert.equal(events.at(-1).type, 'response.incomplete')
    assert.equal((await client.responses.retrieve(id)).status, 'cancelled')
  },
  'who may not see a response may not follow it, and what is not kept says so': async () => {
    const events = await read(await create({ input: user('mine [[tokens=2]]'), background: true, stream: true }))
    const path = `/responses/${events[0].response.id}?stream=true`
    assert.equal((await call(path, { key: factory.key('desk', '--user', 'bob') })).status, 404)
    const whole = await (await create({ input: user('x') })).json()
    for (const [where, param] of [[`/responses/${whole.id}?stream=true`, 'stream'], [`${path}&starting_after=x`, 'starting_after'], [`/responses/${whole.id}?starting_after=2`, 'starting_after'], [`/responses/${whole.id}?stream=maybe`, 'stream']]) {
      const refused = await call(where)
      assert.equal(refused.status, 400, where)
      assert.equal((await refused.json()).error.param, param)
    }
    assert.equal((await call('/responses/resp_none?stream=true')).status, 404)
  },
  'a provider that fails in the background fails the response, in the stream too': async () => {
    const events = await read(await create({ input: user('x [[status=400]]'), background: true, stream: true }))
    checkEvents(events)
    assert.equal(events.at(-1).type, 'response.failed')
    assert.equal(events.at(-1).response.error.millwright.origin, 'provider')
    await factory.stop()
    await provider.stop()
    factory.cleanUp()
  },
})

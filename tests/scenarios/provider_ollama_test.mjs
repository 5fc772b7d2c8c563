// The provider kind ollama through the gateway: its own API, streamed line by line; a model that nobody bills costs
// nothing unless the configuration gives it a price, and then the ledger's sum is what it used.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
const useCase = (name) => `  - {name: ${name}, owner: it, risk_tier: T1, data_class: restricted, route: ${name}, max_output_tokens: 64, cache: {enabled: false}}`
const factory = new Factory(`
teams: [{name: it}]
providers:
  - {name: shelf, kind: ollama, base_url: "${provider.url}", location: on_prem, options: {num_ctx: "16384", keep_alive: 10m}}
models:
  - {name: free, provider: shelf, id: "qwen3:8b"}
  - {name: priced, provider: shelf, id: "gpt-oss:20b", price: {input: 1 USD/Mtok, output: 2 USD/Mtok}}
routes:
  - {name: free, targets: [{model: free}], timeout: 20s, retries: 0}
  - {name: desk, targets: [{model: priced}], timeout: 20s, retries: 1}
use_cases:
${useCase('free')}
${useCase('desk')}
`)
await factory.serve()
const clientOf = (name) => new OpenAI({ apiKey: factory.key(name), baseURL: factory.url + '/v1', maxRetries: 0 })
const client = clientOf('desk')
const free = clientOf('free')
const ask = (content, more = {}) => client.chat.completions.create({ model: 'desk', messages: [{ role: 'user', content }], ...more })
const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object' } } }]
const collect = async (stream) => {
  const whole = { text: '', reasoning: '', calls: [], finish: null, usage: null }
  for await (const chunk of stream) {
    whole.usage = chunk.usage ?? whole.usage
    for (const choice of chunk.choices) {
      whole.text += choice.delta.content ?? ''
      whole.reasoning += choice.delta.reasoning_content ?? ''
      whole.calls.push(...(choice.delta.tool_calls ?? []))
      whole.finish = choice.finish_reason ?? whole.finish
    }
  }
  return whole
}
const soon = async (check) => {
  for (let i = 0; ; ++i) {
    try { return await check() } catch (error) { if (i > 100) throw error }
    await new Promise((done) => setTimeout(done, 50))
  }
}
let unbilled = null
const report = () => factory.json('cost', 'report', '--by', 'use_case')

await run({
  'a model that nobody bills is priced at nothing, and is no unknown price': async () => {
    const answer = await free.chat.completions.create({ model: 'free', messages: [{ role: 'user', content: 'hello [[tokens=6]]' }] })
    assert.equal(answer.choices[0].message.content, 'the answer is in your manual')
    assert.equal(nano(answer.millwright.cost_usd), 0n)
    assert.ok(!answer.millwright.unpriced)
    unbilled = await provider.bill()
  },
  'the request is Ollama\'s own': async () => {
    const data = await client.chat.completions.create({ model: 'desk', max_tokens: 60, temperature: 0.5, tools, reasoning_effort: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } }, messages: [
        { role: 'developer', content: 'be brief' }, { role: 'user', content: [{ type: 'text', text: 'say it back [[echo]]' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0K' } }] }] })
    const sent = JSON.parse(data.choices[0].message.content)
    assert.deepEqual(sent.options, { temperature: 0.5, num_ctx: 16384, num_predict: 60 })
    assert.deepEqual([sent.stream, sent.think, sent.keep_alive, sent.format.type], [false, 'low', '10m', 'object'])
    assert.deepEqual(sent.messages[1].images, ['iVBORw0K'])
  },
  'a stream gives what a whole answer gives': async () => {
    const more = { reasoning_effort: 'high' }
    const streamed = await collect(await ask('hello [[tokens=20]] [[think]]', { ...more, stream: true, stream_options: { include_usage: true } }))
    const whole = await ask('hello [[tokens=20]] [[think]]', more)
    assert.equal(streamed.text, whole.choices[0].message.content)
    assert.equal(streamed.reasoning, whole.choices[0].message.reasoning_content)
    assert.deepEqual(streamed.usage, whole.usage)
    assert.equal((await collect(await ask('x [[tokens=500]]', { stream: true }))).finish, 'length')
  },
  'tool calls get ids, and their answers find their names': async () => {
    const whole = await ask('weather [[tool]]', { tools })
    const call = whole.choices[0].message.tool_calls[0]
    assert.equal(whole.choices[0].finish_reason, 'tool_calls')
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Bern' })
    assert.equal((await collect(await ask('weather [[tool]]', { tools, stream: true }))).finish, 'tool_calls')
    const next = await client.chat.completions.create({ model: 'desk', tools, messages: [
      { role: 'user', content: 'and now [[echo]]' }, whole.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '3 degrees' }] })
    const sent = JSON.parse(next.choices[0].message.content)
    assert.deepEqual(sent.messages[1].tool_calls[0].function, { name: 'lookup', arguments: { city: 'Bern' } })
    assert.equal(sent.messages[2].tool_name, 'lookup')
  },
  'errors keep their meaning': async () => {
    await assert.rejects(ask('x [[status=400]]'), (error) => error.status === 400)
    await assert.rejects(ask('x [[status=404]]'), (error) => error.status === 502)
    await assert.rejects(ask('x [[error-in-200]]'), (error) => error.status === 502)
    assert.ok((await ask(`again ${Date.now()} [[fail-times=1]] [[status=503]]`)).choices[0].message.content)
    await assert.rejects(client.chat.completions.create({ model: 'desk', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }] }),
      (error) => error.status === 400 && /fetches none/.test(error.message))
  },
  'embeddings as the SDK asks for them': async () => {
    const answer = await client.embeddings.create({ model: 'desk', input: ['four', 'fourfour'] })
    assert.deepEqual(answer.data.map((each) => each.embedding), [[0.5, -0.5, 0.25], [1, -0.5, 0.25]])
    assert.equal(answer.usage.prompt_tokens, 5)
  },
  'the sum of the ledger is what was used': async () => {
    await soon(async () => {
      const bill = await provider.bill()
      const { total, estimated } = report()
      assert.equal(estimated, 0)
      assert.equal(nano(total.cost_usd), BigInt(bill.prompt_tokens - unbilled.prompt_tokens) * 1000n + BigInt(bill.completion_tokens - unbilled.completion_tokens) * 2000n)
    })
  },
  'a stream that breaks raises': async () => {
    for (const script of ['[[tokens=12]] [[cut=4]]', '[[tokens=12]] [[error-after=4]]', '[[tokens=12]] [[no-done]]']) {
      await assert.rejects(async () => collect(await ask(script, { stream: true })), OpenAI.APIError, script)
    }
    await soon(() => assert.ok(report().estimated >= 3))
  },
})

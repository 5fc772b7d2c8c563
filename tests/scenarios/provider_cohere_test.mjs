// The provider kind cohere through the gateway: chat, streams, tools, citations, embeddings in several calls, rerank by
// search units; at the end the ledger's sum is the provider's bill.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
const apiKeyFile = path.join(mkdtempSync(path.join(tmpdir(), 'millwright-cohere-')), 'key')
writeFileSync(apiKeyFile, 'co-test', { mode: 0o600 })
const useCase = (name) => `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: ${name}, max_output_tokens: 64, cache: {enabled: false}}`
const factory = new Factory(`
teams: [{name: it}]
providers:
  - {name: co, kind: cohere, base_url: "${provider.url}/v2", api_key: {file: ${apiKeyFile}}, region: eu, commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}}
models:
  - {name: command, provider: co, id: command-a-03-2025, price: {input: 1 USD/Mtok, output: 2 USD/Mtok}}
  - {name: embed, provider: co, id: embed-v4.0, price: {input: 1 USD/Mtok, output: 0 USD/Mtok}}
  - {name: rank, provider: co, id: rerank-v3.5, price: {input: 0 USD/Mtok, output: 0 USD/Mtok, tool_request: 0.002 USD/unit}}
routes:
  - {name: desk, targets: [{model: command}], timeout: 20s, retries: 1}
  - {name: vectors, targets: [{model: embed}], timeout: 20s, retries: 0}
  - {name: ranks, targets: [{model: rank}], timeout: 20s, retries: 0}
use_cases:
${useCase('desk')}
${useCase('vectors')}
${useCase('ranks')}
`)
await factory.serve()
const clientOf = (name) => new OpenAI({ apiKey: factory.key(name), baseURL: factory.url + '/v1', maxRetries: 0 })
const client = clientOf('desk')
const vectors = clientOf('vectors')
const ranks = clientOf('ranks')
const ask = (content, more = {}) => client.chat.completions.create({ model: 'desk', messages: [{ role: 'user', content }], ...more })
const rank = (body) => ranks.post('/rerank', { body: { model: 'ranks', ...body } })
const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
const collect = async (stream) => {
  const whole = { text: '', calls: [], annotations: [], finish: null, usage: null }
  for await (const chunk of stream) {
    whole.usage = chunk.usage ?? whole.usage
    for (const choice of chunk.choices) {
      whole.text += choice.delta.content ?? ''
      whole.annotations.push(...(choice.delta.annotations ?? []))
      for (const call of choice.delta.tool_calls ?? []) {
        whole.calls[call.index] ??= { ...call, function: { ...call.function, arguments: '' } }
        whole.calls[call.index].function.arguments += call.function.arguments ?? ''
      }
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

await run({
  'a whole answer is billed by billed units, not by all tokens': async () => {
    const { data, response } = await client.chat.completions.create({ model: 'desk', messages: [{ role: 'user', content: 'hello [[tokens=6]]' }] }).withResponse()
    assert.equal(data.choices[0].message.content, 'the answer is in your manual')
    assert.equal(data.usage.completion_tokens, 6)
    assert.ok(data.usage.prompt_tokens < 100)
    assert.equal(nano(response.headers.get('x-millwright-cost-usd')), BigInt(data.usage.prompt_tokens) * 1000n + 12_000n)
  },
  'the request is Cohere\'s own': async () => {
    const data = await client.chat.completions.create({ model: 'desk', max_tokens: 60, top_p: 0.5, stop: 'END', tools, tool_choice: 'required', user: 'u', messages: [
      { role: 'system', content: 'be brief' }, { role: 'user', content: 'say it back [[echo]]' }] })
    const sent = JSON.parse(data.choices[0].message.content)
    assert.deepEqual([sent.max_tokens, sent.p, sent.stop_sequences, sent.tool_choice], [60, 0.5, ['END'], 'REQUIRED'])
    assert.ok(!('user' in sent) && !('stream_options' in sent))
  },
  'a stream gives what a whole answer gives': async () => {
    const streamed = await collect(await ask('hello [[tokens=20]] [[cite]]', { stream: true, stream_options: { include_usage: true } }))
    const whole = await ask('hello [[tokens=20]] [[cite]]')
    assert.equal(streamed.text, whole.choices[0].message.content)
    assert.deepEqual(streamed.usage, whole.usage)
    assert.deepEqual(streamed.annotations, whole.choices[0].message.annotations)
    assert.equal(streamed.annotations[0].url_citation.url, 'https://example.com/manual')
    assert.equal((await collect(await ask('x [[tokens=500]]', { stream: true }))).finish, 'length')
  },
  'tool calls come back, and their plan goes up again': async () => {
    const whole = await ask('weather [[tool]]', { tools })
    const streamed = await collect(await ask('weather [[tool]]', { tools, stream: true }))
    const call = whole.choices[0].message.tool_calls[0]
    assert.equal(whole.choices[0].finish_reason, 'tool_calls')
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Bern' })
    assert.equal(streamed.calls[0].function.arguments, call.function.arguments)
    assert.equal(streamed.text, 'I look it up.')
    const next = await client.chat.completions.create({ model: 'desk', tools, messages: [
      { role: 'user', content: 'and now [[echo]]' }, whole.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '{"degrees":3}' }] })
    const sent = JSON.parse(next.choices[0].message.content)
    assert.equal(sent.messages[1].tool_plan, 'I look it up.')
    assert.deepEqual(sent.messages[2], { role: 'tool', tool_call_id: 'lookup_1', content: '{"degrees":3}' })
  },
  'errors keep their meaning': async () => {
    await assert.rejects(ask('x [[status=422]]'), (error) => error.status === 400 && error.error.millwright.origin === 'provider')
    await assert.rejects(ask('x [[status=500]]'), (error) => error.status === 502)
    await assert.rejects(ask('x [[error-in-200]]'), (error) => error.status === 502)
    assert.ok((await ask(`again ${Date.now()} [[fail-times=1]] [[status=503]]`)).choices[0].message.content)
    await assert.rejects(ask('x', { n: 2 }), (error) => error.status === 400 && /one choice/.test(error.message))
    await assert.rejects(async () => collect(await ask('x [[tokens=12]] [[gave-up]]', { stream: true })), OpenAI.APIError)
  },
  'embeddings: more than one call takes, in order, and as the SDK asks for them': async () => {
    const input = Array.from({ length: 200 }, (_, i) => 'x'.repeat(i + 1))
    const answer = await vectors.embeddings.create({ model: 'vectors', input })
    assert.equal(answer.data.length, 200)
    assert.deepEqual(answer.data.map((each) => each.embedding[0]), input.map((text) => text.length / 8))
    const before = (await provider.bill()).calls
    const failing = input.map((text, i) => (i === 100 - 4 ? '[[status=500]]' : text))
    await assert.rejects(vectors.embeddings.create({ model: 'vectors', input: failing }), (error) => error.status === 502)
    assert.equal((await provider.bill()).calls, before + 1)
  },
  'rerank is billed by search units': async () => {
    const few = await rank({ query: 'vpn', documents: ['a', { text: 'b' }], return_documents: true })
    assert.equal(few.millwright.cost_usd, '0.002')
    assert.equal(few.results[1].document.text, 'b')
    assert.equal((await rank({ query: 'vpn', documents: Array(101).fill('a') })).millwright.cost_usd, '0.004')
  },
  'the sum of the ledger is the sum of the bill': async () => {
    await soon(async () => {
      const bill = await provider.bill()
      const { total, estimated } = factory.json('cost', 'report', '--by', 'use_case')
      assert.equal(estimated, 0)
      assert.equal(nano(total.cost_usd), BigInt(bill.prompt_tokens) * 1000n + BigInt(bill.completion_tokens) * 2000n + BigInt(bill.searches) * 2_000_000n)
    })
  },
  'a stream that breaks raises and is booked by estimate': async () => {
    for (const script of ['[[tokens=12]] [[cut=4]]', '[[tokens=12]] [[no-done]]']) {
      await assert.rejects(async () => collect(await ask(script, { stream: true })), OpenAI.APIError, script)
    }
    await soon(() => assert.ok(factory.json('cost', 'report', '--by', 'use_case').estimated >= 2))
  },
})

// Pass-through of the kinds whose answers tell their usage in ways of their own: Bedrock's signed calls and binary
// streams, Cohere's billed units, Ollama's lines; and keys that may pass through what their use case may not.
import assert from 'node:assert/strict'
import http from 'node:http'
import { crc32 } from 'node:zlib'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
/** A made-to-order end for what the scripted provider does not speak. */
let answer = (request, response) => response.end()
const mirror = http.createServer((request, response) => { request.resume(); request.on('end', () => answer(request, response)) })
await new Promise((done) => mirror.listen(0, '127.0.0.1', done))
const mirrorUrl = `http://127.0.0.1:${mirror.address().port}`
Object.assign(process.env, { AWS_ID: 'AKIDSCRIPTED', AWS_SECRET: 'scripted-secret', AWS_TOKEN: 'scripted-token', CO_KEY: 'co-test' })
const commitments = 'region: eu, commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}'
const secrets = 'secrets: {access_key_id: {env: AWS_ID}, secret_access_key: {env: AWS_SECRET}, session_token: {env: AWS_TOKEN}}'
const price = 'price: {input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}'
const sonnet = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'
const factory = await new Factory(`
teams: [{name: it}]
providers:
  - {name: aws, kind: bedrock, base_url: "${provider.url}", ${secrets}, options: {region: eu-central-1}, ${commitments}}
  - {name: crafted, kind: bedrock, base_url: "${mirrorUrl}", ${secrets}, options: {region: eu-central-1}, ${commitments}}
  - {name: co, kind: cohere, base_url: "${provider.url}/v2", api_key: {env: CO_KEY}, ${commitments}}
  - {name: shelf, kind: ollama, base_url: "${provider.url}", location: on_prem}
models:
  - {name: sonnet, provider: aws, id: "${sonnet}", ${price}}
  - {name: llama, provider: crafted, id: "meta.llama3-3-70b-instruct-v1:0", ${price}}
  - {name: claude, provider: crafted, id: "${sonnet}", ${price}}
  - {name: command, provider: co, id: command-a-03-2025, ${price}}
  - {name: rank, provider: co, id: rerank-v3.5, price: {input: 0 USD/Mtok, output: 0 USD/Mtok, tool_request: 0.002 USD/unit}}
  - {name: free, provider: shelf, id: "qwen3:8b"}
  - {name: priced, provider: shelf, id: "gpt-oss:20b", ${price}}
routes: [{name: default, targets: [{model: sonnet}]}]
use_cases:
  - {name: raw, owner: it, risk_tier: T1, data_class: internal, route: default, passthrough: [aws, crafted, co, shelf]}
  - {name: shut, owner: it, risk_tier: T1, data_class: internal, route: default, passthrough: [co]}
passthrough: {ceiling: 0.10 USD}
`).serve()
const key = factory.key('raw')
const post = (path, body, as = key) => fetch(factory.url + '/passthrough/' + path, { method: 'POST', body: JSON.stringify(body), headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' } })
const newest = async () => { await new Promise((done) => setTimeout(done, 60)); return factory.json('trace', 'list', '--limit', '1').items[0] }
const flag = (row, name) => row[name] ?? row[`is_${name}`] ?? false
/** A call, and what the provider charged for it in nano-USD. */
async function charged(call) {
  const before = await provider.bill()
  const response = await call()
  const bytes = Buffer.from(await response.arrayBuffer())
  const after = await provider.bill()
  const of = (name) => BigInt((after[name] ?? 0) - (before[name] ?? 0))
  const billed = (of('prompt_tokens') - of('cached_tokens')) * 1000n + of('cached_tokens') * 500n + of('completion_tokens') * 2000n
  return { response, bytes, billed, row: await newest() }
}
const exact = ({ row, billed, response, bytes }) => {
  assert.equal(response.status, 200, bytes.toString())
  assert.ok(billed > 0n)
  assert.equal(nano(row.cost_usd), billed)
  assert.equal(flag(row, 'estimated'), false)
}

/** One message of Amazon's event stream. */
function frame(headers, payload) {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) =>
    Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, value.length >> 8, value.length & 255]), Buffer.from(value)])))
  const body = Buffer.from(payload)
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + head.length + body.length, 0)
  prelude.writeUInt32BE(head.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const whole = Buffer.concat([prelude, head, body, Buffer.alloc(4)])
  whole.writeUInt32BE(crc32(whole.subarray(0, whole.length - 4)), whole.length - 4)
  return whole
}
const chunk = (value) => frame({ ':message-type': 'event', ':event-type': 'chunk' }, JSON.stringify({ bytes: Buffer.from(JSON.stringify(value)).toString('base64'), p: 'abc' }))
const framed = (...frames) => (request, response) => {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
  response.end(Buffer.concat(frames))
}
const converse = { messages: [{ role: 'user', content: [{ text: 'hi' }] }], inferenceConfig: { maxTokens: 32 } }

await run({
  "Bedrock's Converse, whole and as a binary stream, is signed here and billed to the token": async () => {
    exact(await charged(() => post(`aws/model/${sonnet}/converse`, converse)))
    const streamed = await charged(() => post(`aws/model/${encodeURIComponent(sonnet)}/converse-stream`, converse))
    exact(streamed)
    assert.equal(streamed.response.headers.get('content-type'), 'application/vnd.amazon.eventstream')
    assert.ok(streamed.bytes.includes('messageStop'))
  },
  "a model that is invoked: Bedrock's sum behind the last chunk": async () => {
    answer = framed(chunk({ generation: 'Hi' }), chunk({ generation: '', stop_reason: 'stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 11, outputTokenCount: 7 } }))
    const response = await post('crafted/model/meta.llama3-3-70b-instruct-v1:0/invoke-with-response-stream', { prompt: 'hi', max_gen_len: 9 })
    assert.equal(response.status, 200)
    await response.arrayBuffer()
    const row = await newest()
    assert.equal(row.cost_usd, '0.000025')
    assert.equal(flag(row, 'estimated'), false)
  },
  "a model that is invoked in Anthropic's words, and one whose counts stand in the head": async () => {
    answer = framed(
      chunk({ type: 'message_start', message: { model: 'claude-sonnet-4-5', usage: { input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 1 } } }),
      chunk({ type: 'message_delta', usage: { output_tokens: 6 } }),
      chunk({ type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 10, outputTokenCount: 6, cacheReadInputTokenCount: 4 } }))
    await (await post(`crafted/model/${sonnet}/invoke-with-response-stream`, { max_tokens: 9 })).arrayBuffer()
    assert.equal((await newest()).cost_usd, '0.000024')
    answer = (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-bedrock-input-token-count': '3', 'x-amzn-bedrock-output-token-count': '2' })
      response.end('{"generation":"Hi"}')
    }
    await (await post('crafted/model/meta.llama3-3-70b-instruct-v1:0/invoke', { prompt: 'hi' })).text()
    assert.equal((await newest()).cost_usd, '0.000007')
  },
  'a garbled stream, and one that ends before it tells, cost the ceiling': async () => {
    const told = chunk({ generation: '', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 1, outputTokenCount: 1 } })
    const garbled = Buffer.from(told)
    garbled[garbled.length - 9] ^= 1
    for (const frames of [[told, garbled], [chunk({ generation: 'Hi' })]]) {
      answer = framed(...frames)
      await (await post('crafted/model/meta.llama3-3-70b-instruct-v1:0/invoke-with-response-stream', { prompt: 'hi' })).arrayBuffer()
      const row = await newest()
      assert.equal(row.cost_usd, '0.1')
      assert.equal(flag(row, 'estimated'), true)
    }
  },
  "Cohere's chat, streamed or not, and a rerank by its search units": async () => {
    const chat = { model: 'command-a-03-2025', messages: [{ role: 'user', content: 'hi' }], max_tokens: 16 }
    exact(await charged(() => post('co/chat', chat)))
    exact(await charged(() => post('co/chat', { ...chat, stream: true })))
    const response = await post('co/v2/rerank', { model: 'rerank-v3.5', query: 'hi', documents: ['a', 'b'] })
    assert.equal(response.status, 200, await response.text())
    assert.equal((await newest()).cost_usd, '0.002')
    assert.equal((await post('co/datasets', {})).status, 403)
  },
  "Ollama's lines; a model that nobody bills needs no money and costs none": async () => {
    const chat = { model: 'gpt-oss:20b', messages: [{ role: 'user', content: 'hi' }], options: { num_predict: 16 } }
    exact(await charged(() => post('shelf/chat', chat)))
    exact(await charged(() => post('shelf/chat', { ...chat, stream: false })))
    const response = await post('shelf/chat', { ...chat, model: 'qwen3:8b' })
    assert.equal(response.status, 200)
    await response.text()
    const row = await newest()
    assert.equal(row.cost_usd, '0')
    assert.equal(flag(row, 'unpriced'), false)
    assert.equal((await post('shelf/pull', { model: 'x' })).status, 403)
  },
  'a key of its own rights: more than its use case, less, or none': async () => {
    const make = (...options) => JSON.parse(factory.cli('key', 'create', '--use-case', 'shut', ...options, '--json')).key
    const more = make('--passthrough', 'shelf'), less = make('--no-passthrough'), plain = make()
    const chat = { model: 'qwen3:8b', messages: [{ role: 'user', content: 'hi' }] }
    const statusAs = async (as, path, body) => { const response = await post(path, body, as); await response.arrayBuffer(); return response.status }
    assert.equal(await statusAs(more, 'shelf/chat', chat), 200)
    assert.equal(await statusAs(plain, 'shelf/chat', chat), 403)
    const rank = { model: 'rerank-v3.5', query: 'hi', documents: ['a'] }
    assert.equal(await statusAs(plain, 'co/rerank', rank), 200)
    assert.equal(await statusAs(more, 'co/rerank', rank), 403, 'its own list stands in place of the use case\'s')
    const refused = await post('co/rerank', rank, less)
    assert.equal(refused.status, 403)
    assert.equal((await refused.json()).error.millwright.rule, 'key.passthrough')
    assert.match(factory.attempt('key', 'create', '--use-case', 'shut', '--passthrough', 'nobody').err, /there is no provider "nobody"/)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    mirror.close()
    mirror.closeAllConnections()
    await provider.stop()
    factory.cleanUp()
  },
})

// Pass-through: the provider's own words, byte for byte, under the same admission and with the same money as any other call.
import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
/** What reaches the other end, and an answer made to order. */
let seen = null
let answer = (request, response) => { response.setHeader('content-type', 'application/json'); response.end('{}') }
const mirror = http.createServer((request, response) => {
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', () => {
    seen = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(pieces).toString() }
    answer(request, response)
  })
  response.on('close', () => { if (!response.writableEnded) seen.isCutOff = true })
})
await new Promise((done) => mirror.listen(0, '127.0.0.1', done))
const mirrorUrl = `http://127.0.0.1:${mirror.address().port}`
process.env.MIRROR_KEY = 'sk-upstream'
const config = deskConfig(provider.url, { extra: `
  - {name: raw, owner: it, risk_tier: T1, data_class: internal, route: default, passthrough: [acme, mirror, claude]}
  - {name: poor, owner: it, risk_tier: T1, data_class: internal, route: default, passthrough: [mirror], budget: {limit: 0.05 USD, per: total}}
passthrough: {ceiling: 0.10 USD}
` }).replace('models:\n', `  - {name: mirror, kind: openai, base_url: "${mirrorUrl}/v1", api_key: {env: MIRROR_KEY}, region: eu,
     commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01},
     passthrough: {allow: ["POST /chat/completions", "/things/**", "GET /models"], deny: [/things/secret]}}
  - {name: claude, kind: anthropic, base_url: "${provider.url}/v1", api_key: {env: MIRROR_KEY}, region: eu}
models:
  - {name: sonnet, provider: claude, id: claude-sonnet-4-5, price: {input: 3 USD/Mtok, cached_input: 0.3 USD/Mtok, cache_write: 3.75 USD/Mtok, output: 15 USD/Mtok}}
  - {name: mirrored, provider: mirror, id: known, price: {input: 1 USD/Mtok, output: 2 USD/Mtok}}
`)
const factory = await new Factory(config).serve()
const key = factory.key('raw')
const desk = factory.key('desk')
const poor = factory.key('poor')
const ask = (path, { method = 'POST', body, headers = {}, as = key, signal } = {}) => fetch(factory.url + '/passthrough/' + path, {
  method, body, signal, headers: { authorization: `Bearer ${as}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers } })
const rows = () => factory.json('trace', 'list', '--limit', '200').items
const settled = async () => { await new Promise((done) => setTimeout(done, 60)); return rows()[0] }
const flag = (row, name) => row[name] ?? row[`is_${name}`] ?? false

/** A request as bytes: what fetch would tidy up. */
const raw = (text) => new Promise((done, failed) => {
  const socket = net.connect(new URL(factory.url).port, '127.0.0.1', () => socket.write(text))
  let got = ''
  socket.on('data', (data) => { got += data; if (/^HTTP\/1\.1 \d+/.test(got)) { socket.destroy(); done(Number(got.slice(9, 12))) } })
  socket.on('error', failed)
  socket.on('close', () => done(0))
})

await run({
  'the official OpenAI SDK, unmodified, and exactly what was billed': async () => {
    const client = new OpenAI({ baseURL: factory.url + '/passthrough/acme', apiKey: key, maxRetries: 0 })
    const before = await provider.bill()
    const chat = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }], max_tokens: 9 })
    assert.equal(chat.usage.completion_tokens, 9)
    let row = await settled()
    let bill = await provider.bill()
    assert.equal(nano(row.cost_usd), BigInt(bill.prompt_tokens - before.prompt_tokens) * 1000n + BigInt(bill.completion_tokens - before.completion_tokens) * 2000n)
    assert.equal(row.model, 'small')
    const stream = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }], stream: true, stream_options: { include_usage: true } })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? ''
    assert.match(text, /^the answer/)
    row = await settled()
    const after = await provider.bill()
    assert.equal(nano(row.cost_usd), BigInt(after.prompt_tokens - bill.prompt_tokens) * 1000n + BigInt(after.completion_tokens - bill.completion_tokens) * 2000n)
    assert.equal(flag(row, 'estimated'), false)
  },
  "the official Anthropic SDK: the version in its path is the base URL's": async () => {
    const client = new Anthropic({ baseURL: factory.url + '/passthrough/claude', apiKey: key, maxRetries: 0 })
    const message = await client.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] })
    const row = await settled()
    assert.equal(nano(row.cost_usd), BigInt(message.usage.input_tokens) * 3000n + BigInt(message.usage.output_tokens) * 15000n)
    const stream = client.messages.stream({ model: 'claude-sonnet-4-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] })
    const final = await stream.finalMessage()
    assert.equal(nano((await settled()).cost_usd), BigInt(final.usage.input_tokens) * 3000n + BigInt(final.usage.output_tokens) * 15000n)
  },
  'bytes stay as they are, both ways; credentials are changed': async () => {
    const body = '{ "model":"known",\t"messages": [], "x": 1.0, "y": 2e0 }'
    answer = (request, response) => {
      response.writeHead(201, { 'content-type': 'application/json', 'x-thing': 'a', 'set-cookie': 'b=1', connection: 'x-hop', 'x-hop': '1' })
      response.end('{"usage":{"prompt_tokens":10 , "completion_tokens": 5}}\n')
    }
    const response = await ask('mirror/chat/completions?b=2&a=%2F1&key=mw_x', { body, headers: { 'x-custom': 'kept', cookie: 'a=1', 'x-forwarded-host': 'evil', 'x-millwright-session': 's' } })
    assert.equal(response.status, 201)
    assert.equal(await response.text(), '{"usage":{"prompt_tokens":10 , "completion_tokens": 5}}\n')
    assert.equal(response.headers.get('x-thing'), 'a')
    for (const name of ['set-cookie', 'x-hop']) assert.equal(response.headers.get(name), null)
    assert.equal(seen.url, '/v1/chat/completions?b=2&a=%2F1')
    assert.equal(seen.body, body)
    assert.equal(seen.headers.authorization, 'Bearer sk-upstream')
    assert.equal(seen.headers.host, new URL(mirrorUrl).host)
    assert.equal(seen.headers['x-custom'], 'kept')
    for (const name of ['cookie', 'x-forwarded-host', 'x-millwright-session', 'x-api-key']) assert.equal(seen.headers[name], undefined, name)
    assert.ok(!JSON.stringify(seen).includes(key))
    assert.equal((await settled()).cost_usd, '0.00002')
  },
  'what nobody can price costs the ceiling and is marked': async () => {
    answer = (request, response) => { response.setHeader('content-type', 'application/json'); response.end('{"usage":{"prompt_tokens":10,"completion_tokens":5}}') }
    await ask('mirror/chat/completions', { body: '{"model":"unheard-of"}' })
    let row = await settled()
    assert.equal(row.cost_usd, '0.1')
    assert.equal(flag(row, 'unpriced'), true)
    answer = (request, response) => response.end('no usage')
    await ask('mirror/chat/completions', { body: '{"model":"known"}' })
    row = await settled()
    assert.equal(row.cost_usd, '0.1')
    assert.equal(flag(row, 'estimated'), true)
  },
  'refusals of the provider and reading cost nothing': async () => {
    answer = (request, response) => { response.writeHead(429, { 'retry-after': '7', 'content-type': 'application/json' }); response.end('{"error":"busy"}') }
    const response = await ask('mirror/chat/completions', { body: '{"model":"known"}' })
    assert.equal(response.status, 429)
    assert.equal(response.headers.get('retry-after'), '7')
    assert.equal(await response.text(), '{"error":"busy"}')
    assert.equal((await settled()).cost_usd, '0')
    answer = (request, response) => response.end('[]')
    assert.equal((await ask('mirror/models', { method: 'GET' })).status, 200)
    assert.equal((await settled()).cost_usd, '0')
    answer = (request, response) => { response.writeHead(204); response.end() }
    assert.equal((await ask('mirror/things/1', { method: 'DELETE' })).status, 204)
    assert.equal(seen.method, 'DELETE')
    assert.equal((await ask('mirror/models', { method: 'HEAD' })).status, 204)
  },
  'closed unless opened: keys, providers, paths': async () => {
    seen = null
    assert.equal((await ask('mirror/chat/completions', { body: '{}', as: 'mw_wrong' })).status, 401)
    assert.equal((await ask('mirror/chat/completions', { body: '{}', as: desk })).status, 403)
    assert.equal((await ask('nobody/chat/completions', { body: '{}' })).status, 403)
    for (const path of ['organization/users', 'fine_tuning/jobs', 'files', 'things', 'things/secret']) {
      const response = await ask('mirror/' + path, { body: '{}' })
      assert.equal(response.status, 403, path)
      assert.equal((await response.json()).error.millwright.rule, 'provider.passthrough', path)
    }
    assert.equal((await ask('mirror/chat/completions', { method: 'GET' })).status, 403)
    assert.equal(seen, null)
    assert.equal((await settled()).status, 'refused')
  },
  "no path leaves the provider's own address": async () => {
    seen = null
    const head = `Host: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 0\r\n\r\n`
    for (const path of ['things/../../admin', 'things/%2e%2e/%2e%2e/admin', 'things/a%2f..%2fb', 'things/%252e%252e', 'things//x', '/evil.example/x', 'things/a\\b', 'things/a%5cb', 'things/a%0d%0aHost:%20evil', 'things/%00']) {
      const status = await raw(`POST /passthrough/mirror/${path} HTTP/1.1\r\n${head}`)
      assert.ok(status === 400 || status === 403, `${path} ${status}`)
    }
    for (const target of ['http://evil.example/passthrough/mirror/things/x', '/%70assthrough/mirror/things/x', '/passthrough%2fmirror/things/x', '/passthrough/mirror%2fthings/x']) {
      assert.ok([400, 403, 404].includes(await raw(`POST ${target} HTTP/1.1\r\n${head}`)), target)
    }
    assert.equal(seen, null)
  },
  'the guard reads what goes out; what it would change it refuses': async () => {
    seen = null
    let response = await ask('mirror/chat/completions', { body: '{"model":"known","messages":[{"role":"user","content":"4111 1111 1111 1111"}]}' })
    assert.equal(response.status, 403)
    assert.equal((await response.json()).error.millwright.rule, 'guard.input')
    response = await ask('mirror/things/1', { body: 'plain text', headers: { 'content-type': 'text/plain' } })
    assert.equal(response.status, 403)
    assert.equal((await response.json()).error.millwright.rule, 'passthrough.unreadable')
    assert.equal((await ask('mirror/things/1', { body: '{broken' })).status, 403)
    assert.equal((await ask('mirror/chat/completions', { body: '{"model":"known","messages":["4111 1111 1111 1111"],"messages":[]}' })).status, 400)
    assert.equal(seen, null)
  },
  'a dry run is refused, not sent': async () => {
    seen = null
    assert.equal((await ask('mirror/chat/completions', { body: '{"model":"known"}', headers: { 'x-millwright-dry-run': '1' } })).status, 400)
    assert.equal(seen, null)
  },
  'a budget binds': async () => {
    const response = await ask('mirror/chat/completions', { body: '{"model":"known"}', as: poor })
    assert.equal(response.status, 429)
    assert.equal((await response.json()).error.type, 'insufficient_quota')
  },
  'who hangs up ends the call behind, and it is settled': async () => {
    answer = (request, response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }); response.write('data: {"x":1}\n\n') }
    const control = new AbortController()
    const response = await ask('mirror/chat/completions', { body: '{"model":"known","stream":true}', signal: control.signal })
    await response.body.getReader().read()
    const mine = seen
    control.abort()
    for (let i = 0; i < 100 && !(mine.isCutOff && rows()[0].status === 'cancelled'); ++i) await new Promise((done) => setTimeout(done, 30))
    assert.equal(mine.isCutOff, true)
    assert.equal(rows()[0].status, 'cancelled')
    assert.equal(rows()[0].cost_usd, '0.1')
  },
  'an answer that breaks off breaks off here': async () => {
    answer = (request, response) => { response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }); response.write('{"a":'); setTimeout(() => response.destroy(), 20) }
    const response = await ask('mirror/chat/completions', { body: '{"model":"known"}' })
    await assert.rejects(response.text())
    assert.equal((await settled()).status, 'failed')
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    mirror.close()
    mirror.closeAllConnections()
    await provider.stop()
    factory.cleanUp()
  },
})

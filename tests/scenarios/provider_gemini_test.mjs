// The provider kinds gemini and vertex through the gateway's chat surface: streams and whole answers, tools, errors, cut
// and cancelled streams, access tokens of a service account; at the end the ledger's sum is the provider's bill.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import http from 'node:http'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import OpenAI from 'openai'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()

// The token endpoint: checks the signed assertion as Google does, and gives tokens "ya29.1", "ya29.2", …
const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
const tokens = { given: 0, refused: 0 }
const tokenServer = http.createServer((request, response) => {
  let body = ''
  request.on('data', (data) => { body += data })
  request.on('end', () => {
    const form = new URLSearchParams(body)
    const [head, claims, signature] = form.get('assertion').split('.')
    const { aud, iss, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url'))
    const isGood = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' && aud === tokenUri && iss === 'robot@project-1.example' &&
      exp - iat === 3600 && Math.abs(iat - Date.now() / 1000) < 60 &&
      crypto.verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
    if (!isGood) ++tokens.refused
    response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isGood ? { access_token: `ya29.${++tokens.given}`, expires_in: 3599, token_type: 'Bearer' } : { error: 'invalid_grant' }))
  })
})
await new Promise((done) => tokenServer.listen(0, '127.0.0.1', done))
const tokenUri = `http://127.0.0.1:${tokenServer.address().port}/token`
const directory = mkdtempSync(path.join(tmpdir(), 'millwright-google-'))
const serviceAccount = path.join(directory, 'key.json')
writeFileSync(serviceAccount, JSON.stringify({ type: 'service_account', project_id: 'project-1', private_key_id: 'k1', client_email: 'robot@project-1.example',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), token_uri: tokenUri }), { mode: 0o600 })
const apiKeyFile = path.join(directory, 'api-key')
writeFileSync(apiKeyFile, 'AIza-test', { mode: 0o600 })

const price = '{input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}'
const promise = 'commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}'
const useCase = (name) => `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: ${name}, max_output_tokens: 64, cache: {enabled: false}}`
const factory = new Factory(`
teams: [{name: it}]
providers:
  - {name: google, kind: gemini, base_url: "${provider.url}/v1beta", api_key: {file: ${apiKeyFile}}, region: eu, ${promise}}
  - {name: cloud, kind: vertex, base_url: "${provider.url}/v1", options: {project: project-1, location: europe-west4}, secrets: {service_account: {file: ${serviceAccount}}}, region: eu, ${promise}}
models:
  - {name: flash, provider: google, id: gemini-2.5-flash, price: ${price}}
  - {name: cloud-flash, provider: cloud, id: gemini-2.5-flash, price: ${price}}
routes:
  - {name: desk, targets: [{model: flash}], timeout: 20s, retries: 1}
  - {name: cloud, targets: [{model: cloud-flash}], timeout: 20s, retries: 1}
use_cases:
${useCase('desk')}
${useCase('cloud')}
`)
await factory.serve()
const apiKey = factory.key('desk')
const cloudKey = factory.key('cloud')
const client = new OpenAI({ apiKey, baseURL: factory.url + '/v1', maxRetries: 0 })
const cloud = new OpenAI({ apiKey: cloudKey, baseURL: factory.url + '/v1', maxRetries: 0 })
const say = (content, more = {}) => ({ model: 'desk', messages: [{ role: 'user', content }], ...more })
const ask = (content, more) => client.chat.completions.create(say(content, more))
const askCloud = (content, more) => cloud.chat.completions.create({ ...say(content, more), model: 'cloud' })
const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
const collect = async (stream) => {
  const whole = { text: '', reasoning: '', calls: [], finish: null, usage: null, chunks: 0 }
  for await (const chunk of stream) {
    ++whole.chunks
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
/** What the provider charged, in nano-USD. */
const billed = async () => {
  const bill = await provider.bill()
  return BigInt(bill.prompt_tokens - bill.cached_tokens) * 1000n + BigInt(bill.cached_tokens) * 500n + BigInt(bill.completion_tokens) * 2000n
}
const booked = () => factory.json('cost', 'report', '--by', 'use_case').total
const soon = async (check) => {
  for (let i = 0; ; ++i) {
    try { return await check() } catch (error) { if (i > 100) throw error }
    await new Promise((done) => setTimeout(done, 50))
  }
}

await run({
  'a whole answer has text, usage and its price': async () => {
    const { data, response } = await client.chat.completions.create(say('hello [[tokens=6]] [[cached=3]] [[thoughts=5]]')).withResponse()
    assert.equal(data.choices[0].message.content, 'the answer is in your manual')
    assert.equal(data.choices[0].finish_reason, 'stop')
    assert.equal(data.usage.completion_tokens, 11)
    assert.equal(data.usage.prompt_tokens_details.cached_tokens, 3)
    assert.equal(data.usage.completion_tokens_details.reasoning_tokens, 5)
    assert.equal(nano(response.headers.get('x-millwright-cost-usd')), BigInt(data.usage.prompt_tokens - 3) * 1000n + 1500n + 22_000n)
  },
  'the request is Gemini\'s own: roles, bounds, tools, no key in its address': async () => {
    const data = await client.chat.completions.create({ model: 'desk', max_tokens: 60, temperature: 0.5, tools, tool_choice: 'required', messages: [
      { role: 'system', content: 'be brief' }, { role: 'user', content: 'say it back [[echo]]' }] })
    const sent = JSON.parse(data.choices[0].message.content)
    assert.deepEqual(sent.systemInstruction, { parts: [{ text: 'be brief' }] })
    assert.equal(sent.contents[0].role, 'user')
    assert.equal(sent.generationConfig.maxOutputTokens, 60)
    assert.equal(sent.toolConfig.functionCallingConfig.mode, 'ANY')
    assert.equal(sent.tools[0].functionDeclarations[0].name, 'lookup')
    assert.ok(!('stream_options' in sent) && !('model' in sent))
  },
  'a stream gives the same text in pieces, and usage last when asked for': async () => {
    const streamed = await collect(await ask('hello [[tokens=20]] [[cached=2]]', { stream: true, stream_options: { include_usage: true } }))
    const whole = await ask('hello [[tokens=20]] [[cached=2]]')
    assert.equal(streamed.text, whole.choices[0].message.content)
    assert.deepEqual(streamed.usage, whole.usage)
    assert.equal(streamed.finish, 'stop')
    assert.ok(streamed.chunks > 5)
    assert.equal((await collect(await ask('hello [[tokens=3]]', { stream: true }))).usage, null)
  },
  'a server that gives a list instead of events is read all the same': async () => {
    const streamed = await collect(await ask('hello [[tokens=6]] [[no-sse]]', { stream: true }))
    assert.equal(streamed.text, 'the answer is in your manual')
    assert.equal(streamed.finish, 'stop')
  },
  'thoughts are reasoning, streamed and not': async () => {
    const thinking = { thinking: { type: 'enabled', budget_tokens: 1024 } }
    const whole = await ask('think [[thoughts=7]]', thinking)
    assert.equal(whole.choices[0].message.reasoning_content, 'let me think')
    const streamed = await collect(await ask('think [[thoughts=7]]', { ...thinking, stream: true }))
    assert.equal(streamed.reasoning, 'let me think')
    assert.equal(streamed.text, whole.choices[0].message.content)
  },
  'tool calls come back with ids, and their signature goes up again': async () => {
    const whole = await ask('weather [[tool]]', { tools })
    const call = whole.choices[0].message.tool_calls[0]
    assert.equal(whole.choices[0].finish_reason, 'tool_calls')
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Bern' })
    assert.ok(call.id)
    const streamed = await collect(await ask('weather [[tool]]', { tools, stream: true }))
    assert.equal(streamed.finish, 'tool_calls')
    assert.equal(streamed.calls[0].index, 0)
    assert.equal(streamed.calls[0].extra_content.google.thought_signature, call.extra_content.google.thought_signature)
    const next = await client.chat.completions.create({ model: 'desk', tools, messages: [
      { role: 'user', content: 'and now [[echo]]' }, whole.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '{"degrees":3}' }] })
    const sent = JSON.parse(next.choices[0].message.content)
    assert.deepEqual(sent.contents[1].parts, [{ functionCall: { name: 'lookup', args: { city: 'Bern' } }, thoughtSignature: 'c2lnbmF0dXJl' }])
    assert.deepEqual(sent.contents[2].parts, [{ functionResponse: { name: 'lookup', response: { degrees: 3 } } }])
  },
  'what was blocked or cut short says so': async () => {
    for (const stream of [false, true]) {
      const finish = async (content) => {
        const answer = await ask(content, { stream })
        return stream ? (await collect(answer)).finish : answer.choices[0].finish_reason
      }
      assert.equal(await finish('x [[finish=SAFETY]]'), 'content_filter')
      assert.equal(await finish('x [[finish=RECITATION]]'), 'content_filter')
      assert.equal(await finish('x [[tokens=500]]'), 'length')
    }
    assert.equal((await ask('x [[block=PROHIBITED_CONTENT]]')).choices[0].finish_reason, 'content_filter')
  },
  'a call that cannot be read is a failure, and both attempts are booked': async () => {
    const before = (await provider.bill()).calls
    await assert.rejects(ask('x [[finish=MALFORMED_FUNCTION_CALL]]', { tools }), (error) => error.status === 502 && /MALFORMED_FUNCTION_CALL/.test(error.message))
    assert.equal((await provider.bill()).calls, before + 2)
  },
  'a provider error keeps its meaning': async () => {
    await assert.rejects(ask('x [[status=400]]'), (error) => error.status === 400 && error.error.millwright.origin === 'provider')
    await assert.rejects(ask('x [[status=500]]'), (error) => error.status === 502)
    await assert.rejects(ask('x [[error-in-200]]'), (error) => error.status === 502)
    await assert.rejects(ask('x [[status=429]] [[retry-after=30]]'), (error) => error.status === 429 && error.headers.get('retry-after') === '30')
    assert.ok((await ask(`again ${Date.now()} [[fail-times=1]] [[status=503]]`)).choices[0].message.content)
  },
  'what Gemini cannot take is refused by name': async () => {
    await assert.rejects(client.chat.completions.create({ model: 'desk', messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }),
      (error) => error.status === 400 && /hologram/.test(error.message))
  },
  'a stream that breaks raises and is never taken for whole': async () => {
    for (const script of ['[[tokens=12]] [[cut=4]]', '[[tokens=12]] [[error-after=4]]', '[[tokens=12]] [[stray-error=4]]', '[[tokens=12]] [[no-done]]']) {
      await assert.rejects(async () => collect(await ask(script, { stream: true })), OpenAI.APIError, script)
    }
  },
  'a caller who leaves a stream ends it upstream; what the provider has told so far is booked, as an estimate': async () => {
    const before = (await provider.bill()).calls
    const controller = new AbortController()
    const stream = await client.chat.completions.create(say('x [[tokens=40]] [[stall=9]]', { stream: true }), { signal: controller.signal })
    setTimeout(() => controller.abort(), 500)   // the provider has gone silent long before
    await collect(stream).catch(() => {})
    await soon(async () => assert.equal((await provider.bill()).calls, before + 1))
  },
  'vertex: one token for many calls, and a new one when it is refused': async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => askCloud(`hello ${i} [[tokens=4]]`)))
    assert.ok(answers.every((answer) => answer.choices[0].message.content === 'the answer is in'))
    assert.deepEqual(tokens, { given: 1, refused: 0 })
    assert.equal((await collect(await askCloud('hello [[tokens=5]]', { stream: true }))).text, 'the answer is in your')
    assert.equal(tokens.given, 1)
    assert.ok((await askCloud('x [[revoked=ya29.1]]')).choices[0].message.content)
    assert.equal(tokens.given, 2)
  },
  'the sum of the ledger is the sum of the bill': async () => {
    await soon(async () => assert.equal(nano(booked().cost_usd), await billed()))
    // What a stream told before it broke need not be all that is billed: four broke, one was left.
    assert.equal(factory.json('cost', 'report', '--by', 'use_case').estimated, 5)
  },
  'an answer that is no JSON is a failure that is booked by estimate': async () => {
    await assert.rejects(ask('x [[garbage]]'), (error) => error.status === 502)
    assert.ok(factory.json('cost', 'report', '--by', 'use_case').estimated > 5)
  },
  'the configuration says what is missing': async () => {
    const wrong = new Factory(`
teams: [{name: it}]
providers:
  - {name: cloud, kind: vertex, options: {projekt: p}}
`)
    const result = wrong.attempt('config', 'validate', wrong.file)
    assert.notEqual(result.code, 0)
    assert.match(result.err + result.out, /project/)
    wrong.cleanUp()
  },
})

// Prompt economy on the running binary: counting, limits in tokens, compression, and answers for alike questions.
import assert from 'node:assert/strict'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const rest = 'owner: it, risk_tier: T1, data_class: internal, route: default, max_output_tokens: 64'
const config = deskConfig(provider.url, { useCase: 'max_prompt_tokens: 400' }) + `  - {name: alike, ${rest}, cache: {semantic: {mode: "on", threshold_percent: 70}}}
  - {name: watched, ${rest}, cache: {semantic: {mode: shadow, threshold_percent: 70}}}
  - {name: short, ${rest}, cache: {enabled: false}, compression: {mode: "on", keep_percent: 30, history: {enabled: true, keep_turns: 1, min_tokens: 200}}}
  - {name: measured, ${rest}, cache: {enabled: false}, compression: {mode: shadow, keep_percent: 30, history: {enabled: true, keep_turns: 1, min_tokens: 200}}}
`
const factory = new Factory(config)
await factory.serve()
const keys = Object.fromEntries(['desk', 'alike', 'watched', 'short', 'measured'].map((name) => [name, factory.key(name)]))
const post = async (path, key, body, headers = {}) => {
  const response = await fetch(factory.url + path, {
    method: 'POST', headers: { authorization: `Bearer ${keys[key]}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify({ model: key, ...body }) })
  return { status: response.status, headers: response.headers, body: await response.json().catch(() => null) }
}
const ask = (name, text, more = {}, headers = {}) => post('/v1/chat/completions', name, { messages: [{ role: 'user', content: text }], ...more }, headers)
const validated = () => { const result = factory.attempt('config', 'validate', factory.file); return result.out + result.err }
const asText = (answer) => answer.body.choices[0].message.content
const long = Array.from({ length: 30 }, (_, i) => `Somebody spoke about the canteen and its ${['soup', 'salad', 'cake'][i % 3]} of the ${['red', 'green', 'blue'][i % 7 % 3]} menu again.`).join(' ')
const talk = [{ role: 'user', content: long }, { role: 'assistant', content: `${long} The VPN needs a new certificate.` }, { role: 'user', content: 'What does the VPN need?' }]

await run({
  'tokens are counted exactly where the encoding is known': async () => {
    const counted = await post('/v1/responses/input_tokens', 'desk', { input: 'tiktoken is great!' })
    assert.equal(counted.status, 200, JSON.stringify(counted.body))
    assert.equal(counted.body.object, 'response.input_tokens')
    assert.equal(counted.body.input_tokens, 6 + 4 + 3)
    assert.deepEqual(counted.body.millwright, { estimated: false, tokeniser: 'o200k_base' })
    assert.equal((await post('/v1/responses/input_tokens', 'desk', { model: 'nobody', input: 'x' })).status, 404)
    assert.equal((await post('/v1/responses/input_tokens', 'desk', { input: 5 })).status, 400)
  },
  'a prompt of too many tokens is refused before anybody is called': async () => {
    const refused = await ask('desk', 'word '.repeat(500))
    assert.equal(refused.status, 413)
    assert.equal(refused.body.error.millwright.rule, 'use_case.max_prompt_tokens')
    assert.equal((await ask('desk', 'word '.repeat(300))).status, 200)   // 1,500 bytes, 300 tokens
  },
  'the same question in other words is answered once, for nothing': async () => {
    const first = await ask('alike', 'How do I reset my VPN password?')
    const again = await ask('alike', 'how can I reset the VPN password')
    assert.equal(first.headers.get('x-millwright-cache'), 'miss')
    assert.equal(again.headers.get('x-millwright-cache'), 'hit')
    assert.equal(asText(again), asText(first))
    assert.equal(again.body.millwright.cost_usd, '0')
    assert.ok(nano(factory.json('cost', 'report', '--by', 'use_case').rows.find((row) => row.use_case === 'alike').saved_usd) > 0n)
    for (const other of ['How do I reset my SAP password?', 'How do I not reset my VPN password?', 'How do I reset my VPN password 2 times?']) {
      assert.equal((await ask('alike', other)).headers.get('x-millwright-cache'), 'miss', other)
    }
    assert.equal((await ask('alike', 'how can I reset the VPN password', { temperature: 0.5 })).headers.get('x-millwright-cache'), 'miss')
  },
  'a stream is served alike': async () => {
    const response = await fetch(factory.url + '/v1/chat/completions', {
      method: 'POST', headers: { authorization: `Bearer ${keys.alike}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'alike', stream: true, messages: [{ role: 'user', content: 'Please tell me how I reset my VPN password' }] }) })
    assert.equal(response.headers.get('x-millwright-cache'), 'hit')
    assert.match(await response.text(), /data: \[DONE\]/)
  },
  'in shadow mode everybody is called, and the answers are compared': async () => {
    await ask('watched', 'How do I reset my VPN password?')
    const again = await ask('watched', 'how can I reset the VPN password')
    assert.equal(again.headers.get('x-millwright-cache'), 'miss')
    assert.notEqual(again.body.millwright.cost_usd, '0')
    const row = factory.json('cache', 'report').items.find((item) => item.use_case === 'watched')
    assert.equal(row.asked, 2)
    assert.equal(row.shadowed, 1)
    assert.equal(row.served, 0)
    assert.ok(row.precision === 0 || row.precision === 1)
  },
  'a long conversation is compressed, and the newest question stays': async () => {
    const plain = await post('/v1/chat/completions', 'measured', { messages: talk })
    const short = await post('/v1/chat/completions', 'short', { messages: talk })
    assert.equal(short.status, 200, JSON.stringify(short.body))
    assert.ok(short.body.usage.prompt_tokens < plain.body.usage.prompt_tokens * 0.6, `${short.body.usage.prompt_tokens} of ${plain.body.usage.prompt_tokens}`)
    const planned = await post('/v1/chat/completions', 'short', { messages: talk }, { 'x-millwright-dry-run': '1' })
    const decision = planned.body.decisions.find((each) => each.stage === 'compress')
    assert.equal(decision.verdict, 'on')
    assert.equal(decision.evidence.reason, 'saves')
    assert.ok(decision.evidence.tokens_after < decision.evidence.tokens_before)
    const items = factory.json('compression', 'report').items
    assert.deepEqual(items.map((item) => [item.use_case, item.applied, item.shadowed]), [['measured', 0, 1], ['short', 1, 0]])
  },
  'what is configured wrongly is named': async () => {
    factory.write(config.replace('keep_percent: 30', 'keep_percent: 3'))
    assert.match(validated(), /keep_percent/)
    factory.write(config.replace('mode: shadow', 'mode: sometimes'))
    assert.match(validated(), /sometimes/)
    factory.write(config)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

// Circuit breakers: a provider that keeps failing is left alone, its callers hear at once, and it comes back by itself.
import assert from 'node:assert/strict'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const config = deskConfig(provider.url, { extra: '  - {name: backed, owner: it, risk_tier: T1, data_class: internal, route: backed, cache: {enabled: false}}\n  - {name: drawing, owner: it, risk_tier: T1, data_class: internal, route: drawing}\n' })
  .replace('models:\n', 'models:\n  - {name: drawing, provider: acme, id: dall-e-3, price: {input: 0 USD/Mtok, output: 0 USD/Mtok, images: [{quality: standard, size: 1024x1024, price: 0.04 USD/unit}]}}\n')
  .replace('region: eu,', 'region: eu, breaker: {failures: 4, pause: 300ms},')
  .replace('retries: 1}', 'retries: 0}\n  - {name: drawing, targets: [{model: drawing}], retries: 0}\n  - {name: backed, targets: [{model: small}], fallback: [{model: extractive}], retries: 0}')
const factory = new Factory(config)
await factory.serve()
const key = factory.key('desk')
const backed = factory.key('backed')
const wait = (ms) => new Promise((done) => setTimeout(done, ms))
const openIt = async () => { for (let i = 0; i < 4; ++i) assert.equal((await factory.ask(key, '[[status=500]]')).status, 502) }

await run({
  'it opens after so many failures, answers at once and says when to come back': async () => {
    await openIt()
    const before = (await provider.bill()).calls
    const refused = await factory.ask(key, 'hello')
    assert.equal(refused.status, 503)
    const { error } = await refused.json()
    assert.equal(error.millwright.rule, 'breaker:small')
    assert.equal(error.millwright.origin, 'gateway')
    const ms = Number(refused.headers.get('retry-after-ms'))
    assert.ok(ms > 0 && ms <= 300, `${ms} ms`)
    assert.equal((await provider.bill()).calls, before)
  },
  'a route with a fallback goes on meanwhile, and the trace says why': async () => {
    const response = await factory.chat(backed, { model: 'backed', messages: [{ role: 'user', content: 'hello' }] })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('x-millwright-model'), 'extractive')
    const trace = factory.json('trace', 'show', response.headers.get('x-millwright-trace'))
    assert.ok(trace.decisions.some((each) => each.verdict === 'skip' && each.rule === 'breaker:small'), JSON.stringify(trace.decisions))
  },
  'one success closes it': async () => {
    await wait(350)
    assert.equal((await factory.ask(key, 'hello')).status, 200)
    assert.equal((await factory.ask(key, 'hello')).status, 200)
  },
  'requests that are wrong and limits that are reached do not open it': async () => {
    for (let i = 0; i < 8; ++i) {
      assert.equal((await factory.ask(key, '[[status=400]]')).status, 400)
      assert.equal((await factory.ask(key, '[[status=429]]')).status, 429)
    }
    assert.equal((await factory.ask(key, 'hello')).status, 200)
  },
  'a failed trial waits longer': async () => {
    await openIt()
    await wait(350)
    assert.equal((await factory.ask(key, '[[status=500]]')).status, 502)
    const refused = await factory.ask(key, 'hello')
    assert.equal(refused.status, 503)
    assert.ok(Number(refused.headers.get('retry-after-ms')) > 300)
  },
  'images open it as chats do': async () => {
    const drawing = factory.key('drawing')
    const draw = (prompt) => fetch(factory.url + '/v1/images/generations', {
      method: 'POST', headers: { authorization: `Bearer ${drawing}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'drawing', prompt, size: '1024x1024' }) })
    for (let i = 0; i < 4; ++i) assert.equal((await draw('[[status=500]]')).status, 502)
    const refused = await draw('a lighthouse')
    assert.equal(refused.status, 503)
    assert.equal((await refused.json()).error.millwright.rule, 'breaker:drawing')
    await wait(350)
    const drawn = await draw('a lighthouse')
    assert.equal(drawn.status, 200, await drawn.text())
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

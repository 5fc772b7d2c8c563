// Under a real spike: critical calls go on, background makes way, places come back on every exit, quotas survive a kill.
import assert from 'node:assert/strict'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const useCase = (name, priority) =>
  `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: default, max_output_tokens: 64, cache: {enabled: false}, priority: ${priority}}`
const config = (limits) => deskConfig(provider.url, { extra: `${useCase('triage', 'critical')}\n${useCase('nightly', 'background')}\nlimits:\n${limits}` })
const factory = new Factory(config(`  - {name: at-once, scope: user, match: "slot-*", concurrent: 1}
  - {name: daily, scope: user, match: "quota-*", requests: 4 per month}`), { server: 'limits: {requests: 10, queue_wait: 2s}' })
await factory.serve()
const keys = Object.fromEntries(['desk', 'triage', 'nightly'].map((name) => [name, factory.key(name)]))
const slow = '[[tokens=4]] [[interval=100]]'   // 0.4 s
const call = (name, text = slow, more = {}, headers = {}, signal) =>
  factory.chat(keys[name], { model: name, messages: [{ role: 'user', content: text }], ...more }, headers, signal)
const refusal = async (response) => ({ status: response.status, rule: (await response.json()).error?.millwright?.rule })

await run({
  'a spike of background calls is shed, and every critical call is answered': async () => {
    const spike = Array.from({ length: 40 }, () => call('nightly', '[[delay=1500]]'))   // longer than all take to arrive
    const ordinary = Array.from({ length: 3 }, () => call('desk'))
    const critical = []
    for (let i = 0; i < 5; ++i) critical.push(await call('triage', 'quick'))
    assert.deepEqual(critical.map((response) => response.status), [200, 200, 200, 200, 200])
    assert.deepEqual((await Promise.all(ordinary)).map((response) => response.status), [200, 200, 200])
    const background = await Promise.all(spike)
    const shed = background.filter((response) => response.status === 503)
    assert.ok(shed.length >= 35 && shed.length < 40, `${shed.length}`)   // half of the room is 5
    for (const response of shed) assert.equal(response.headers.get('retry-after'), '1')
    assert.equal((await refusal(shed[0])).rule, 'priority.background')
    const metrics = await (await fetch(factory.url + '/metrics')).text()
    assert.equal(Number(metrics.match(/event="shed",reason="background"} (\d+)/)[1]), shed.length)
    const [row] = factory.json('trace', 'list', '--use-case', 'nightly', '--status', 'failed', '--limit', '1').items
    assert.match(factory.cli('explain', row.id), /priority\.background/)
  },
  'who finds no room waits for a moment': async () => {
    const running = Array.from({ length: 8 }, () => call('desk', '[[tokens=2]] [[interval=100]]', { stream: true }))
    for (const response of await Promise.all(running)) assert.equal(response.status, 200)
    const waited = await call('desk', 'after that')
    assert.equal(waited.status, 200)
    const [row] = factory.json('trace', 'list', '--use-case', 'desk', '--limit', '1').items
    assert.match(factory.cli('explain', row.id), /waited/)
    for (const response of running) await (await response).text()
  },
  'a place among concurrent calls comes back when the caller goes away': async () => {
    const user = { 'x-millwright-user': 'slot-ada' }
    const gone = new AbortController()
    const first = await call('desk', '[[tokens=50]] [[interval=100]]', { stream: true }, user, gone.signal)
    assert.equal(first.status, 200)
    const refused = await call('desk', 'hi', {}, user)
    assert.equal(refused.headers.get('retry-after'), '1')
    assert.deepEqual(await refusal(refused), { status: 429, rule: 'limit:at-once' })
    gone.abort()
    let status = 429
    for (let i = 0; i < 40 && status === 429; ++i) {
      status = (await call('desk', 'hi', {}, user)).status
      if (status === 429) await new Promise((done) => setTimeout(done, 50))
    }
    assert.equal(status, 200)
  },
  'a quota is exact over kill -9, and its use is listed': async () => {
    const user = { 'x-millwright-user': 'quota-ada' }
    for (let i = 0; i < 3; ++i) assert.equal((await call('desk', 'hi', {}, user)).status, 200)
    await factory.kill()
    await factory.serve()
    const last = await call('desk', 'hi', {}, user)
    assert.equal(last.headers.get('x-ratelimit-remaining-requests'), '0')
    const refused = await call('desk', 'hi', {}, user)
    assert.equal(refused.headers.get('x-should-retry'), 'false')
    assert.deepEqual(await refusal(refused), { status: 429, rule: 'limit:daily' })
    const daily = factory.json('limit', 'list').items.find((limit) => limit.name === 'daily')
    assert.equal(daily.members[0].member, 'quota-ada')
    assert.equal(daily.members[0].requests.remaining, 0)
  },
  'a revoked key stops within a second, calls that run are not disturbed by a change': async () => {
    const running = await call('desk', slow, { stream: true })
    factory.write(config('  - {name: none, scope: user, match: "none-*", concurrent: 1}'))
    factory.server.child.kill('SIGHUP')
    assert.match(await running.text(), /data: \[DONE\]/)
    const key = factory.json('key', 'create', '--use-case', 'desk', '--name', 'leaving')
    assert.equal((await factory.chat(key.key, { model: 'desk', messages: [{ role: 'user', content: 'hi' }] })).status, 200)
    factory.cli('key', 'revoke', 'leaving')
    assert.equal((await factory.chat(key.key, { model: 'desk', messages: [{ role: 'user', content: 'hi' }] })).status, 401)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

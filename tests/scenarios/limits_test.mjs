// The limits of a whole server: calls in flight, the time of one call, connections, open files.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url), { server: 'limits: {requests: 3, request_timeout: 1s, connections: 3000}' })
await factory.serve()
const key = factory.key('desk')
const slow = '[[tokens=8]] [[interval=100]]'   // 0.8 s
const endless = '[[tokens=60]] [[interval=100]]'

await run({
  'calls beyond the limit are told to come back, and the room is free again after': async () => {
    const running = Array.from({ length: 3 }, () => factory.ask(key, slow, { stream: true }))
    await Promise.all(running.map(async (call) => assert.equal((await call).status, 200)))   // all three have begun
    const refused = await factory.ask(key, 'one more')
    assert.equal(refused.status, 503)
    assert.equal(refused.headers.get('retry-after'), '1')
    const { error } = await refused.json()
    assert.equal(error.millwright.rule, 'server.limits.requests')
    for (const call of running) assert.match(await (await call).text(), /data: \[DONE\]/)
    assert.equal((await factory.ask(key, 'and now?')).status, 200)
  },
  'a stream that outlives its time ends in an error event, without [DONE], and is billed': async () => {
    const response = await factory.ask(key, endless, { stream: true })
    assert.equal(response.status, 200)
    const text = await response.text()
    assert.match(text, /server\.limits\.request_timeout/)
    assert.ok(!text.includes('[DONE]'))
    const [row] = factory.json('trace', 'list', '--limit', '1').items
    assert.equal(row.status, 'failed')
    assert.notEqual(row.cost_usd, '0')
  },
  'a whole answer that takes too long is a timeout': async () => {
    const response = await factory.ask(key, '[[delay=3000]]')
    assert.equal(response.status, 504)
    assert.equal((await response.json()).error.millwright.origin, 'provider')
  },
  'the server may open as many files as its connections need': () => {
    const limits = readFileSync(`/proc/${factory.server.child.pid}/limits`, 'utf8')
    const [, soft, hard] = limits.match(/Max open files\s+(\d+)\s+(\d+)/).map(Number)
    assert.ok(soft >= Math.min(hard, 2 * 3000))
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

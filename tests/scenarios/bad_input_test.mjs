// Hostile and broken input: a clear error each, bounded memory, and the server goes on.
import assert from 'node:assert/strict'
import net from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url))
await factory.serve()
const key = factory.key('desk')
const { hostname, port } = new URL(factory.url)
const residentMb = () => Number(readFileSync(`/proc/${factory.server.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024

/** Sends raw bytes and reads until the server closes or `ms` pass. */
function raw(bytes, ms = 3000) {
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes))
    let text = ''
    const end = () => { socket.destroy(); resolve(text) }
    socket.on('data', (data) => { text += data })
    socket.on('close', end)
    socket.on('error', end)
    setTimeout(end, ms)
  })
}
const stillServes = async () => assert.equal((await factory.ask(key, 'still there?')).status, 200)
async function refused(body, status, pattern) {
  const response = await factory.chat(key, body)
  assert.equal(response.status, status)
  const answer = await response.json()
  assert.match(JSON.stringify(answer.error), pattern)
  assert.ok(answer.error.millwright.request_id)
}

await run({
  'malformed JSON names the byte': () => refused('{"model": "desk", "messages": [', 400, /byte/i),
  'a body that is no object': () => refused('[1,2]', 400, /object/),
  'JSON 100,000 deep': async () => { await refused('['.repeat(100_000), 413, /deep|depth|nest/i); await stillServes() },
  'bad UTF-8': async () => {
    const body = Buffer.concat([Buffer.from('{"model":"desk","messages":[{"role":"user","content":"'), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('"}]}')])
    const response = await fetch(factory.url + '/v1/chat/completions', { method: 'POST', headers: { authorization: `Bearer ${key}` }, body })
    assert.equal(response.status, 400)
    assert.match(await response.text(), /UTF-8|utf8|syntax|byte/i)
  },
  'a body beyond the limit is refused without being read into memory': async () => {
    const before = residentMb()
    const response = await raw(`POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 9999999999\r\n\r\n{`)
    assert.match(response, /^HTTP\/1.1 413/)
    assert.ok(residentMb() - before < 20)
    await stillServes()
  },
  'no key, a wrong key, a mangled key': async () => {
    for (const headers of [{}, { authorization: 'Bearer mw_nope' }, { authorization: 'Basic xyz' }, { 'x-api-key': key.slice(0, -1) + 'A' }]) {
      const response = await fetch(factory.url + '/v1/chat/completions', { method: 'POST', headers, body: '{}' })
      assert.equal(response.status, 401)
      assert.equal((await response.json()).error.code, 'invalid_api_key')
    }
  },
  'smuggling attempts are refused': async () => {
    const head = 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n'
    const attempts = [
      head + 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      head + 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      head + 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
      head + 'Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n',
      head + 'X-A : b\r\n\r\n',
      head + 'X-A: b\r\n folded\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
      'GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n',
      'NONSENSE\r\n\r\n',
    ]
    for (const attempt of attempts) {
      const response = await raw(attempt)
      assert.match(response, /^HTTP\/1\.[01] (400|404|501)/, JSON.stringify(attempt) + ' gave ' + JSON.stringify(response.slice(0, 120)))
    }
    await stillServes()
  },
  'slow and half-open clients hold nothing up': async () => {
    const sockets = Array.from({ length: 200 }, () => {
      const socket = net.connect(Number(port), hostname, () => socket.write('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Le'))
      socket.on('error', () => {})
      return socket
    })
    await new Promise((done) => setTimeout(done, 300))
    await stillServes()
    for (const socket of sockets) socket.destroy()
  },
  'malformed YAML, unknown keys, bad values: line, column and a hint': async () => {
    const cases = [
      ['server: {listen: "127.0.0.1:0"\nteams: [', /:\d+:\d+:/],
      ['servr: {listen: "127.0.0.1:0"}\n', /:1:1:.*server/s],
      ['server: {listen: "127.0.0.1:0"}\nproviders:\n  - {name: a, kind: openai, base_url: "http://x/v1", api_key: sk-literal}\n', /:3:.*(env|file)/s],
      ['server: {listen: "127.0.0.1:0"}\nroutes:\n  - {name: r, targets: [{model: nothing}]}\n', /:3:.*nothing/s],
      ['server: {listen: "127.0.0.1:0"}\nserver: {listen: "127.0.0.1:1"}\n', /:2:1:/],
      ['a: &x 1\nb: *x\n', /anchor|alias/i],
    ]
    for (const [text, pattern] of cases) {
      const file = path.join(factory.directory, 'bad.yaml')
      writeFileSync(file, text)
      const result = factory.attempt('config', 'validate', file)
      assert.equal(result.code, 3, text + result.out + result.err)
      assert.match(result.err + result.out, pattern, text)
      assert.ok(!(result.err + result.out).includes('sk-literal'), 'a secret was echoed')
    }
  },
  'a bad reload changes nothing': async () => {
    const good = readFileSync(factory.file, 'utf8')
    writeFileSync(factory.file, good + '\nnonsense: true\n')
    factory.server.child.kill('SIGHUP')
    for (let i = 0; i < 100 && !/nonsense/.test(factory.server.log()); ++i) await new Promise((done) => setTimeout(done, 50))
    assert.match(factory.server.log(), /nonsense/)
    await stillServes()
    writeFileSync(factory.file, good)
  },
  'memory stays bounded through all of it': () => assert.ok(residentMb() < 200, `${residentMb()} MB`),
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    factory.cleanUp()
  },
})

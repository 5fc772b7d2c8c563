// Model Context Protocol: the official SDK on both sides, this gateway between them.
import assert from 'node:assert/strict'
import http from 'node:http'
import { randomUUID } from 'node:crypto'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const transports = new Map()
const calls = []
let upstreamHeaders = {}

function makeServer() {
  const server = new McpServer({ name: 'tools', version: '1.0.0' })
  const text = (value) => ({ content: [{ type: 'text', text: value }] })
  server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text: said }) => { calls.push(said); return text(`you said ${said}`) })
  server.registerTool('card', {}, async () => text('the card is 4111 1111 1111 1111, thanks'))
  server.registerTool('delete_all', {}, async () => { calls.push('deleted'); return text('gone') })
  server.registerTool('slow', {}, async (extra) => { calls.push('slow'); await new Promise((done) => setTimeout(done, 1500)); return text(String(extra !== undefined)) })
  server.registerTool('broken', {}, async () => { throw new Error('it broke') })
  return server
}
const upstream = http.createServer(async (request, response) => {
  upstreamHeaders = request.headers
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  const body = pieces.length ? JSON.parse(Buffer.concat(pieces)) : undefined
  let transport = transports.get(request.headers['mcp-session-id'])
  if (!transport) {
    if (request.headers['mcp-session-id']) { response.writeHead(404).end(); return }
    transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID(), enableJsonResponse: request.url === '/json', onsessioninitialized: (id) => { transports.set(id, transport) } })
    await makeServer().connect(transport)
  }
  await transport.handleRequest(request, response, body)
})
await new Promise((done) => upstream.listen(0, '127.0.0.1', done))
const upstreamUrl = `http://127.0.0.1:${upstream.address().port}`
process.env.TOOLS_TOKEN = 'tools-secret'

const factory = await new Factory(deskConfig(provider.url, { extra: `
  - {name: other, owner: it, risk_tier: T1, data_class: internal, route: default}
  - {name: poor, owner: it, risk_tier: T1, data_class: internal, route: default, budget: {limit: 0.001 USD, per: total}}
mcp_servers:
  - {name: tools, url: "${upstreamUrl}/mcp", bearer: {env: TOOLS_TOKEN}, deny_tools: ["delete_*"], use_cases: [desk, poor], price_per_call: 0.002 USD, timeout: 10s, location: on_prem}
  - {name: whole, url: "${upstreamUrl}/json", allow_tools: [echo], use_cases: [desk], allow_origins: ["https://desk.example"], location: on_prem}
` })).serve()
const key = factory.key('desk')
const second = factory.key('desk')
const other = factory.key('other')
const poor = factory.key('poor')

async function connect(server, as = key) {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(`${factory.url}/mcp/${server}`), { requestInit: { headers: { authorization: `Bearer ${as}` } } })
  await client.connect(transport)
  return { client, transport }
}
const post = (server, body, headers = {}, as = key) => fetch(`${factory.url}/mcp/${server}`, {
  method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers } })
const rows = () => factory.json('trace', 'list', '--limit', '200').items
const settled = async () => { await new Promise((done) => setTimeout(done, 60)); return rows() }
const say = (client, text) => client.callTool({ name: 'echo', arguments: { text } })

const open = await connect('tools')
await run({
  'the tools that are allowed are listed': async () => {
    assert.deepEqual((await open.client.listTools()).tools.map((tool) => tool.name).sort(), ['broken', 'card', 'echo', 'slow'])
    const whole = await connect('whole')
    assert.deepEqual((await whole.client.listTools()).tools.map((tool) => tool.name), ['echo'])
    assert.equal((await say(whole.client, 'hello')).content[0].text, 'you said hello')
    await whole.client.close()
    assert.equal(upstreamHeaders.authorization, undefined)
  },
  'a call is answered, priced and traced with its tool': async () => {
    assert.equal((await say(open.client, 'hi')).content[0].text, 'you said hi')
    const row = (await settled()).find((each) => each.model === 'echo' && each.provider === 'mcp:tools')
    assert.equal(row.cost_usd, '0.002')
    assert.equal(row.use_case, 'desk')
    assert.equal(upstreamHeaders.authorization, 'Bearer tools-secret')
    assert.ok(!JSON.stringify(upstreamHeaders).includes(key))
  },
  'a denied tool is never reached, and the answer says the rule': async () => {
    await assert.rejects(open.client.callTool({ name: 'delete_all', arguments: {} }), (error) => error.code === -32001 && error.data.rule === 'mcp_servers.tools')
    assert.ok(!calls.includes('deleted'))
    const row = (await settled())[0]
    assert.deepEqual([row.status, row.cost_usd, row.model], ['refused', '0', ''])
  },
  'the guard reads arguments and results': async () => {
    assert.equal((await say(open.client, 'card 4111 1111 1111 1111')).content[0].text, 'you said card [CREDIT_CARD]')
    assert.equal((await open.client.callTool({ name: 'card', arguments: {} })).content[0].text, 'the card is [CREDIT_CARD], thanks')
    await assert.rejects(say(open.client, 'export GITHUB_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345'), (error) => error.data?.rule === 'guard.input')
  },
  'a tool that fails says so': async () => {
    const answer = await open.client.callTool({ name: 'broken', arguments: {} })
    assert.equal(answer.isError, true)
    await assert.rejects(open.client.request({ method: 'nothing/here' }, z.any()))
  },
  'closed unless opened; sessions belong to their key': async () => {
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    assert.equal((await post('tools', ping, {}, 'mw_wrong')).status, 401)
    assert.equal((await post('tools', ping, {}, other)).status, 403)
    assert.equal((await post('nowhere', ping)).status, 403)
    const session = open.transport.sessionId
    assert.match(session, /\./)
    assert.equal((await post('tools', ping, { 'mcp-session-id': session })).status, 200)
    assert.equal((await post('tools', ping, { 'mcp-session-id': session }, second)).status, 404)
    assert.equal((await post('whole', ping, { 'mcp-session-id': session })).status, 404)
    assert.equal((await post('tools', ping, { 'mcp-session-id': session.split('.')[0] })).status, 404)
  },
  'web pages may call only from origins that are named': async () => {
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    const host = new URL(factory.url).host
    for (const origin of ['http://evil.example', `http://${host}`, 'null']) assert.equal((await post('tools', ping, { origin })).status, 403, origin)
    const whole = await connect('whole')
    assert.equal((await post('whole', ping, { origin: 'https://desk.example', 'mcp-session-id': whole.transport.sessionId })).status, 200)
    await whole.client.close()
  },
  'what is no message is refused': async () => {
    for (const body of ['{', '[]', '{}', '{"jsonrpc":"2.0","id":1,"method":"tools/call"}', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"},"params":{"name":"echo"}}']) {
      const response = await post('tools', body)
      assert.equal(response.status, 400, body)
      assert.equal((await response.json()).error.code, -32600, body)
    }
    assert.equal((await fetch(`${factory.url}/mcp/tools`, { method: 'PUT' })).status, 405)
  },
  'a budget binds calls of tools': async () => {
    const { client } = await connect('tools', poor)
    await assert.rejects(say(client, 'hi'), /429|budget/i)
    await client.close()
  },
  'who hangs up ends the call behind; it is paid for and marked': async () => {
    const control = new AbortController()
    const call = { jsonrpc: '2.0', id: 99, method: 'tools/call', params: { name: 'slow', arguments: {} } }
    const pending = fetch(`${factory.url}/mcp/tools`, { method: 'POST', signal: control.signal, body: JSON.stringify(call),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-session-id': open.transport.sessionId } })
    pending.catch(() => {})
    for (let i = 0; i < 50 && !calls.includes('slow'); ++i) await new Promise((done) => setTimeout(done, 20))
    control.abort()
    for (let i = 0; i < 60 && rows()[0].status !== 'cancelled'; ++i) await new Promise((done) => setTimeout(done, 50))
    assert.deepEqual([rows()[0].status, rows()[0].cost_usd], ['cancelled', '0.002'])
  },
  'a session is ended': async () => {
    await open.transport.terminateSession()
    assert.equal(open.transport.sessionId, undefined)
    await open.client.close()
  },
  'the ledger has every call of a tool': async () => {
    const all = rows().filter((row) => row.provider === 'mcp:tools')
    assert.equal(all.reduce((sum, row) => sum + nano(row.cost_usd), 0n), 2_000_000n * BigInt(all.filter((row) => nano(row.cost_usd) > 0n).length))
    assert.ok(all.length >= 8)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    upstream.close()
    upstream.closeAllConnections()
    await provider.stop()
    factory.cleanUp()
  },
})

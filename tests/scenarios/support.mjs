// What every scenario needs: a factory on a configuration of its own, the scripted provider, keys, and a tiny runner
// that ends with "N passed, N failed".
import { spawn, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, readFileSync, existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const root = path.resolve(import.meta.dirname, '../..')
const binary = process.env.MILLWRIGHT_BINARY ?? path.join(root, 'build/release/millwright')
const providerBinary = process.env.MILLWRIGHT_FAKE_PROVIDER ?? path.join(root, 'build/release/fake_provider')

const children = new Set()
process.on('exit', () => { for (const child of children) child.kill('SIGKILL') })

/** Starts a program and waits for its "ready URL" line. */
function start(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
    children.add(child)
    let out = ''
    let log = ''
    const server = { child, log: () => log, exited: new Promise((done) => child.on('exit', (code, signal) => { children.delete(child); done({ code, signal }) })) }
    child.stderr.on('data', (data) => { log = (log + data).slice(-200_000) })
    child.stdout.on('data', (data) => {
      out += data
      const ready = out.match(/^ready (\S+)/m)
      if (ready) resolve(Object.assign(server, { url: ready[1], readyMs: Number(process.hrtime.bigint() - started) / 1e6 }))
    })
    server.exited.then(({ code, signal }) => reject(new Error(`${path.basename(file)} ended (${code ?? signal}) before it was ready:\n${log}`)))
  })
}

export class Provider {
  static async start({ bill, threads = 1, fixed } = {}) {
    const args = ['--threads', String(threads)]
    if (bill) args.push('--bill', bill)
    if (fixed) args.push('--fixed', String(fixed))
    const provider = new Provider()
    provider.server = await start(providerBinary, args)
    provider.url = provider.server.url
    return provider
  }
  async bill() { return (await fetch(this.url + '/bill')).json() }
  async stop() { this.server.child.stdin.end(); await this.server.exited }
}

/** A directory, a configuration file and a running server over them. */
export class Factory {
  constructor(config, { store, server = '' } = {}) {
    this.directory = mkdtempSync(path.join(tmpdir(), 'millwright-scenario-'))
    this.data = path.join(this.directory, 'data')
    mkdirSync(this.data, { mode: 0o700 })
    this.file = path.join(this.directory, 'millwright.yaml')
    this.store = store
    this.settings = server
    this.write(config)
  }
  write(config) {
    const store = this.store ? `store: {url: "${this.store}"}\n` : ''
    writeFileSync(this.file, `server: {listen: "127.0.0.1:0"${this.settings ? `, ${this.settings}` : ''}}\n${store}${config}`)
  }
  async serve() {
    this.server = await start(binary, ['serve', '--config', this.file, '--data', this.data])
    this.url = this.server.url
    return this
  }
  async kill() { this.server.child.kill('SIGKILL'); await this.server.exited }
  async stop() { this.server.child.kill('SIGTERM'); return this.server.exited }
  /** Runs the command line against this data directory; gives stdout. */
  cli(...args) {
    return execFileSync(binary, [...args, '--data', this.data, '--config', this.file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }
  json(...args) { return JSON.parse(this.cli(...args, '--json')) }
  /** Exit code and output of a command that may fail. */
  attempt(...args) {
    try { return { code: 0, out: this.cli(...args), err: '' } } catch (error) {
      return { code: error.status, out: error.stdout?.toString() ?? '', err: error.stderr?.toString() ?? '' }
    }
  }
  key(useCase, ...more) { return this.json('key', 'create', '--use-case', useCase, ...more).key }
  chat(key, body, headers = {}, signal = undefined) {
    return fetch(this.url + '/v1/chat/completions', {
      method: 'POST', signal,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }
  ask(key, text, more = {}, headers = {}) {
    return this.chat(key, { model: 'desk', messages: [{ role: 'user', content: text }], ...more }, headers)
  }
  cleanUp() { rmSync(this.directory, { recursive: true, force: true }) }
}

/** One use case "desk" on the scripted provider; prices make one input token 1,000 and one output token 2,000 nano-USD. */
export function deskConfig(providerUrl, { budget = '', extra = '', fallback = '', useCase = '' } = {}) {
  return `
teams: [{name: it}]
providers:
  - {name: acme, kind: openai, base_url: "${providerUrl}/v1", region: eu,
     commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}}
models:
  - {name: small, provider: acme, id: gpt-4o-mini, price: {input: 1 USD/Mtok, cached_input: 0.5 USD/Mtok, output: 2 USD/Mtok}}
routes:
  - {name: default, targets: [{model: small}], ${fallback} timeout: 20s, retries: 1}
use_cases:
  - {name: desk, owner: it, risk_tier: T1, data_class: internal, route: default, max_output_tokens: 64, cache: {enabled: false}${budget ? `, budget: ${budget}` : ''}${useCase ? `, ${useCase}` : ''}}
${extra}`
}

/** "0.000012" → 12000n nano-USD, exactly. */
export function nano(usd) {
  const [whole, part = ''] = String(usd).split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt((part + '000000000').slice(0, 9)) * (String(usd).startsWith('-') ? -1n : 1n)
}

/** A real PostgreSQL of the scenario's own, on a Unix socket and a free port, without fsync. */
export class Postgres {
  static async start() {
    const bin = execFileSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1'], { encoding: 'utf8' }).trim()
    const postgres = new Postgres()
    postgres.directory = mkdtempSync(path.join(tmpdir(), 'millwright-pg-'))
    const asOwner = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
    if (asOwner.length) execFileSync('chown', ['postgres:postgres', postgres.directory])
    const run = (file, ...args) => execFileSync(...split([...asOwner, path.join(bin, file), ...args]), { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' })
    const data = path.join(postgres.directory, 'data')
    run('initdb', '-D', data, '-U', 'millwright', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8')
    postgres.port = 20000 + Math.floor(Math.random() * 20000)
    const [file, args] = split([...asOwner, path.join(bin, 'postgres'), '-D', data, '-k', postgres.directory, '-p', String(postgres.port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', 'max_connections=60'])
    postgres.child = spawn(file, args, { stdio: 'ignore', cwd: '/' })
    children.add(postgres.child)
    for (let i = 0; ; ++i) {
      try { run('psql', '-h', postgres.directory, '-p', String(postgres.port), '-U', 'millwright', '-c', 'create database factory', 'postgres'); break } catch (error) {
        if (i > 100) throw error
        await new Promise((done) => setTimeout(done, 100))
      }
    }
    postgres.url = `postgresql://millwright@127.0.0.1:${postgres.port}/factory`
    return postgres
  }
  async stop() {
    const gone = new Promise((done) => this.child.on('exit', done))
    this.child.kill('SIGINT')
    await gone
    children.delete(this.child)
    rmSync(this.directory, { recursive: true, force: true })
  }
}
const split = ([file, ...args]) => [file, args]

/** Runs named checks one after the other and ends the process with a summary. */
export async function run(tests) {
  let passed = 0
  let failed = 0
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test()
      ++passed
      console.log(`ok   ${name}`)
    } catch (error) {
      ++failed
      console.log(`FAIL ${name}\n${error.stack}\n${error.stderr ?? ''}`)
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

// The command line as a user meets it: hints, exit codes, JSON everywhere, streaming, Ctrl-C, the doctor's repairs.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Factory, Provider, deskConfig, root, run } from './support.mjs'

const binary = process.env.MILLWRIGHT_BINARY ?? path.join(root, 'build/release/millwright')
const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url, {
  extra: `sources:
  - {name: notes, kind: filesystem, path: notes, include: ["*.md"], class: internal, use: [retrieval, fine_tuning], acl: {allow: [everyone]}, every: 1h}
datasets:
  - {name: kb, owner: it, sources: [notes], approval: required}
indexes:
  - {name: kb, dataset: kb}
`,
}))
mkdirSync(path.join(factory.directory, 'notes'))
for (let i = 0; i < 40; ++i) {
  writeFileSync(path.join(factory.directory, 'notes', `note-${i}.md`),
    `# Printer ${i}\n\n## How is printer ${i} restarted?\n\nHold the green button of printer ${i} for ten seconds, then wait until the lamp in room ${i * 7} is steady.\n`)
}
await factory.serve()

/** Starts a command and gathers what it prints, with the time of the first output. */
function launch(...args) {
  const child = spawn(binary, [...args, '--data', factory.data, '--config', factory.file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const result = { child, out: '', err: '' }
  result.begun = new Promise((resolve) => child.stdout.once('data', resolve))
  child.stdout.on('data', (data) => { result.out += data })
  child.stderr.on('data', (data) => { result.err += data })
  result.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })))
  return result
}
function fails(code, pattern, ...args) {
  const result = factory.attempt(...args)
  assert.equal(result.code, code, result.err || result.out)
  assert.match(result.err, pattern)
  return result
}
const checkNamed = (report, name) => report.checks.find((check) => check.name === name)

await run({
  'wrong words and options say what was meant': () => {
    fails(2, /did you mean "chat"/, 'chta')
    fails(2, /did you mean "config adopt"/, 'config', 'adpot')
    fails(2, /it has: validate/, 'config')
    fails(2, /did you mean --json/, 'status', '--jsno')
    fails(2, /no help on "nothing"/, 'help', 'nothing')
    assert.equal(JSON.parse(fails(2, /option/, 'status', '--jsno', '--json').err).code, 'invalid_input')
  },
  'wrong names say which is near': () => {
    fails(5, /desk/, 'chat', 'desc', 'hello')
    fails(5, /desk/, 'use-case', 'show', 'dsk')
    fails(5, /use_cases\/desk/, 'config', 'adopt', 'use_cases/dsk')
    fails(5, /./, 'source', 'sync', 'nothing')
  },
  'a server that is not there is said plainly': () => {
    fails(1, /millwright serve/, 'status', '--url', 'http://127.0.0.1:1')
    fails(2, /http/, 'status', '--url', 'ftp://example.com')
    fails(4, /./, 'status', '--url', factory.url)
  },
  'every list answers JSON': () => {
    for (const line of ['status', 'use-case list', 'source list', 'document list', 'dataset list', 'index list', 'eval list',
      'eval suites', 'release list', 'trace list', 'cost report', 'budget status', 'outcome report', 'key list', 'approval list',
      'audit search', 'audit verify', 'config show', 'config history', 'config export', 'config plan', 'config validate', 'job list',
      'model list', 'provider list', 'alert list', 'doctor', 'advise strategy', 'version', 'config fmt --check']) {
      const { out } = factory.attempt(...line.split(' '), '--json')
      assert.equal(typeof JSON.parse(out), 'object', line)
      assert.equal(out.trim().split('\n').length, 1, line)
    }
  },
  'chat prints the answer as it arrives': async () => {
    const chat = launch('chat', 'desk', 'hello [[tokens=20]] [[interval=100]]')
    await chat.begun
    const early = chat.out.length
    assert.deepEqual(await chat.ended, { code: 0, signal: null }, chat.err)
    assert.ok(early < chat.out.length, 'the beginning was shown before the end was there')
    assert.match(chat.err, /millwright explain/)
  },
  'chat --json is one object with the same text': () => {
    const answer = factory.json('chat', 'desk', 'hello [[tokens=5]]')
    const shown = factory.cli('chat', 'desk', 'hello [[tokens=5]]')
    assert.equal(shown.trim(), answer.text.trim())
    assert.match(answer.trace, /^[0-9a-f]{32}$/)
  },
  'an error of the provider is an error of chat': () => {
    const result = factory.attempt('chat', 'desk', 'hello [[status=500]]')
    assert.equal(result.code, 1)
    assert.match(result.err, /^error: /m)
  },
  'Ctrl-C cancels the call upstream and leaves a row': async () => {
    const chat = launch('chat', 'desk', 'hello [[tokens=600]] [[interval=100]]')
    await chat.begun
    chat.child.kill('SIGINT')
    assert.deepEqual(await chat.ended, { code: 2, signal: null })
    assert.match(chat.err, /cancelled/)
    for (let i = 0; i < 100; ++i) {
      const newest = factory.json('trace', 'list', '--limit', '1').items[0]
      if (newest.status === 'cancelled') return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.fail('the newest trace is not cancelled')
  },
  'Ctrl-C cancels without a server too': async () => {
    await factory.stop()
    const chat = launch('chat', 'desk', 'hello [[tokens=600]] [[interval=100]]')
    await chat.begun
    chat.child.kill('SIGINT')
    assert.deepEqual(await chat.ended, { code: 2, signal: null })
    const newest = factory.json('trace', 'list', '--limit', '1').items[0]
    assert.equal(newest.status, 'cancelled')
    await factory.serve()
  },
  'config fmt lays out, keeps comments, and changes nothing in force': () => {
    const before = factory.json('config', 'show').digest
    writeFileSync(factory.file, '# mine\n' + readFileSync(factory.file, 'utf8').replaceAll('  - {', '     -   { '))
    assert.equal(factory.attempt('config', 'fmt', '--check').code, 10)
    assert.match(factory.cli('config', 'fmt'), /formatted/)
    assert.equal(factory.attempt('config', 'fmt', '--check').code, 0)
    assert.match(readFileSync(factory.file, 'utf8'), /^# mine\n[\s\S]*\n  - \{name: desk/)
    assert.equal(factory.json('config', 'plan').changes.length, 0)
    assert.equal(factory.json('config', 'show').digest, before)
    writeFileSync(path.join(factory.directory, 'broken.yaml'), 'a: [1\n')
    fails(3, /broken\.yaml/, 'config', 'fmt', path.join(factory.directory, 'broken.yaml'))
    fails(5, /none\.yaml/, 'config', 'fmt', 'none.yaml')
  },
  'an object moves to the console and back, with a trail': () => {
    assert.match(factory.cli('config', 'adopt', 'use_cases/desk', '--dry-run'), /owner: file → console/)
    const adopted = factory.json('config', 'adopt', 'use_cases/desk', '--reason', 'scenario')
    assert.equal(adopted.action, 'adopt')
    assert.match(factory.cli('config', 'export', '--owner', 'console'), /name: desk/)
    assert.doesNotMatch(readFileSync(factory.file, 'utf8'), /name: desk/)
    fails(6, /belongs to the console/, 'config', 'adopt', 'use_cases/desk')
    factory.cli('config', 'release', 'use_cases/desk', '--file', 'desk.yaml')
    assert.match(readFileSync(path.join(factory.directory, 'conf.d/desk.yaml'), 'utf8'), /- name: desk/)
    fails(6, /conf\.d\/desk\.yaml, line/, 'config', 'release', 'use_cases/desk')
    assert.deepEqual(factory.json('config', 'history').items.slice(0, 2).map((revision) => revision.action), ['release', 'adopt'])
    assert.equal(factory.json('audit', 'search', '--action', 'config.adopt').items.length, 1)
    assert.match(factory.cli('chat', 'desk', 'still there?'), /./)
  },
  'a source is read, approved and indexed, and says how far it has come': () => {
    const synced = factory.json('source', 'sync', 'notes', '--full')
    assert.equal(synced.error, '')
    const version = factory.json('dataset', 'versions', 'kb').items.length ? 'approve' : 'snapshot'
    if (version === 'snapshot') factory.cli('dataset', 'snapshot', 'kb')
    factory.attempt('dataset', 'approve', 'kb')
    assert.equal(factory.json('index', 'build', 'kb').documents, 40)
    assert.deepEqual(factory.json('job', 'list').items, [])
  },
  'tune export writes what may be learned from': () => {
    const folder = path.join(factory.directory, 'corpus')
    const corpus = factory.json('tune', 'export', 'kb', '--out', folder)
    assert.equal(corpus.documents, 40)
    const lines = readFileSync(path.join(folder, 'training.jsonl'), 'utf8').trim().split('\n')
    assert.equal(lines.length, corpus.training_examples)
    assert.deepEqual(JSON.parse(lines[0]).messages.map((message) => message.role), ['user', 'assistant'])
    assert.equal(statSync(path.join(folder, 'training.jsonl')).mode & 0o777, 0o600)
    fails(6, /fine-tuning/, 'tune', 'export', 'kb', '--class-max', 'public')
    fails(5, /kb/, 'tune', 'export', 'kbb')
    fails(2, /words_max/, 'tune', 'export', 'kb', '--words-max', '1')
  },
  'doctor --fix mends modes beside a running server': () => {
    chmodSync(path.join(factory.data, 'vault.key'), 0o644)
    const sick = factory.attempt('doctor', '--json')
    assert.equal(sick.code, 1)
    const found = checkNamed(JSON.parse(sick.out), 'vault key')
    assert.ok(found.is_mendable && found.why && found.fix.startsWith('chmod'))
    const mended = factory.attempt('doctor', '--fix', '--json')
    assert.equal(checkNamed(JSON.parse(mended.out), 'vault key').is_mended, true)
    assert.equal(statSync(path.join(factory.data, 'vault.key')).mode & 0o777, 0o600)
  },
  'doctor --fix removes the socket of a killed server, and never that of one that runs': async () => {
    const socket = path.join(factory.data, 'control.sock')
    factory.attempt('doctor', '--fix')
    assert.ok(existsSync(socket))
    await factory.kill()
    assert.ok(existsSync(socket))
    const found = checkNamed(JSON.parse(factory.attempt('doctor', '--json').out), 'control socket')
    assert.equal(found.status, 'warning')
    assert.equal(checkNamed(JSON.parse(factory.attempt('doctor', '--fix', '--json').out), 'control socket').is_mended, true)
    assert.ok(!existsSync(socket))
  },
  'doctor runs where no server could start': () => {
    const good = readFileSync(factory.file)
    writeFileSync(factory.file, 'use_cses: []\n')
    const report = factory.attempt('doctor', '--json')
    assert.equal(report.code, 1)
    assert.match(checkNamed(JSON.parse(report.out), 'files').evidence, /use_cases/)
    writeFileSync(factory.file, good)
    const empty = path.join(factory.directory, 'empty')
    mkdirSync(empty)
    const nowhere = factory.attempt('doctor', '--json', '--data', path.join(empty, 'data'))
    assert.equal(nowhere.code, 2, 'an option is given once')
  },
})

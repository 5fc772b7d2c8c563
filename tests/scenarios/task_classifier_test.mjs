// A customer trains a classifier on their own labels, and the gateway says which task a request is.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { Factory, Provider, deskConfig, root, run } from './support.mjs'

const binary = process.env.MILLWRIGHT_BINARY ?? path.join(root, 'build/release/millwright')
const provider = await Provider.start()
const factory = new Factory('')
const place = (name) => path.join(factory.directory, name)
const train = (recipe, ...args) => execFileSync(binary, ['tune', 'train', place(recipe), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const fails = (recipe) => { try { train(recipe) } catch (error) { return error } assert.fail('it should fail') }

const things = { access: ['password', 'account', 'login', 'badge'], printer: ['printer', 'toner', 'paper tray', 'scanner'], network: ['wifi', 'vpn', 'proxy', 'router'] }
const frames = ['my {} does not work', 'how do I get a new {}?', 'since monday the {} is broken', 'please help with the {}']
const rows = Object.entries(things).flatMap(([label, names]) => names.flatMap((name) => frames.map((frame) => `${frame.replace('{}', name)},${label}`)))
writeFileSync(place('tickets.csv'), ['text,label', ...rows, ''].join('\n'))
writeFileSync(place('recipe.yaml'), 'kind: task_classifier\nname: tickets\ndata: tickets.csv\n')
const trained = JSON.parse(train('recipe.yaml', '--json'))
const config = (file) => deskConfig(provider.url, { useCase: 'task_classifier: tickets', extra: `task_classifiers:\n  - {name: tickets, file: ${file}, threshold: 0.6}\n` })
factory.write(config(path.basename(trained.file)))
await factory.serve()
const apiKey = factory.key('desk')

async function task(text, headers = {}) {
  const response = await factory.ask(apiKey, text, {}, headers)
  assert.equal(response.status, 200)
  const trace = factory.json('trace', 'show', response.headers.get('x-millwright-trace'))
  return { task: trace.task ?? '', decision: trace.decisions.find((decision) => decision.stage === 'task') }
}

await run({
  'training says how well it went, and gives the same file again': () => {
    assert.ok(trained.accuracy > 0.8 && trained.macro_f1 > 0.8)
    assert.ok(Math.abs(trained.majority_accuracy - 1 / 3) < 0.01)
    assert.equal(trained.labels, 3)
    assert.equal(JSON.parse(train('recipe.yaml', '--json')).digest, trained.digest)
    assert.match(train('recipe.yaml'), /accuracy/)
  },
  'a faulty recipe or example is said with its place': () => {
    writeFileSync(place('wrong.yaml'), 'kind: task_classifer\nname: x\ndata: tickets.csv\n')
    assert.match(fails('wrong.yaml').stderr, /task_classifier/)
    writeFileSync(place('bad.csv'), 'text,label\nhello,\n')
    writeFileSync(place('bad.yaml'), 'kind: task_classifier\nname: x\ndata: bad.csv\n')
    assert.match(fails('bad.yaml').stderr, /line 2/)
  },
  'a request gets its task, with the reason': async () => {
    const { task: found, decision } = await task('the toner is empty, please help with the printer')
    assert.equal(found, 'printer')
    assert.equal(decision.verdict, 'recognised')
    assert.match(decision.rule, /task_classifier:tickets/)
  },
  'what the caller says counts': async () => {
    const { task: found, decision } = await task('the toner is empty', { 'x-millwright-task': 'billing' })
    assert.equal(found, 'billing')
    assert.equal(decision, undefined)
  },
  'a request like nothing that was learned has no task': async () => {
    const { task: found, decision } = await task('zzz qqq')
    assert.equal(found, '')
    assert.equal(decision.verdict, 'unsure')
  },
  'a file that is no model is refused, and changes nothing': () => {
    factory.write(config('tickets.csv'))
    const result = factory.attempt('config', 'validate', factory.file)
    assert.equal(result.code, 3)
    assert.match(result.out + result.err, /task_classifiers/)
  },
})

// A team moves from a LiteLLM proxy: its configuration is imported, served, and its clients go on as they are.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import OpenAI from 'openai'
import { Factory, Provider, root, run } from './support.mjs'

const binary = process.env.MILLWRIGHT_BINARY ?? path.join(root, 'build/release/millwright')
const provider = await Provider.start()
const factory = new Factory('')
const source = path.join(factory.directory, 'config.yaml')
const keys = path.join(factory.directory, 'keys.json')
const out = path.join(factory.directory, 'imported')
writeFileSync(source, `model_list:
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o, api_base: "${provider.url}/v1", api_key: sk-a-literal-secret, rpm: 10}
    model_info: {input_cost_per_token: 0.000001, output_cost_per_token: 2e-06}
  - model_name: Team/Chat Model
    litellm_params: {model: hosted_vllm/chat, api_base: "${provider.url}/v1"}
  - model_name: "*"
    litellm_params: {model: "openai/*"}
router_settings:
  model_group_alias: {gpt-4: gpt-4o}
  fallbacks: [{gpt-4o: [Team/Chat Model]}]
  num_retries: 0
litellm_settings: {drop_params: true, unheard_of: 1}
general_settings: {master_key: sk-1234}
`)
writeFileSync(keys, JSON.stringify({ keys: [
  { token: 'f'.repeat(64), key_name: 'sk-...abcd', key_alias: 'Desk App', models: ['gpt-4'], max_budget: 5, budget_duration: '30d', rpm_limit: 100 },
  { token: 'e'.repeat(64), key_name: 'sk-...efgh', key_alias: "it's all", models: [] }] }))
const command = (...args) => execFileSync(binary, ['config', 'import', 'litellm', source, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const status = (...args) => { try { command(...args); return 0 } catch (error) { return error.status } }

await run({
  'the report accounts for every value and holds no secret': () => {
    const report = JSON.parse(command('--keys', keys, '--json'))
    const { taken_over: taken, changed, no_counterpart: none } = report.counts
    assert.equal(report.entries.length, taken + changed + none)
    const find = (place) => report.entries.find((entry) => entry.path === place)
    assert.equal(find('model_list[0].litellm_params.model').status, 'taken_over')
    assert.equal(find('model_list[0].litellm_params.model').line, 3)
    assert.equal(find('model_list[0].litellm_params.api_key').status, 'changed')
    assert.equal(find('model_list[2].model_name').status, 'no_counterpart')
    assert.equal(find('litellm_settings.unheard_of').status, 'no_counterpart')
    assert.equal(find('general_settings.master_key').status, 'no_counterpart')
    for (const entry of report.entries) assert.ok(entry.status === 'taken_over' ? entry.target : entry.note, entry.path)
    assert.ok(!JSON.stringify(report).match(/literal-secret|sk-1234|ffffffff/))
    assert.deepEqual(report.keys.map((key) => key.name), ['desk-app', 'it-s-all'])
  },
  'files are written once, readable by whom they concern': () => {
    command('--keys', keys, '--out', out)
    assert.equal(status('--out', out), 6)
    assert.equal(statSync(path.join(out, 'create-keys.sh')).mode & 0o777, 0o750)
    assert.match(readFileSync(path.join(out, 'report.txt'), 'utf8'), /No counterpart/)
    execFileSync(binary, ['config', 'validate', path.join(out, 'millwright.yaml')])
  },
  'what cannot be read is said with its place': () => {
    const broken = path.join(factory.directory, 'broken.yaml')
    writeFileSync(broken, 'model_list: [\n')
    assert.equal(status('--keys', broken), 3)
    assert.equal(status('--keys', path.join(factory.directory, 'none.json')) === 0, false)
  },
  'the imported configuration serves the clients under the names they know': async () => {
    factory.write(readFileSync(path.join(out, 'millwright.yaml'), 'utf8'))
    process.env.OPENAI_API_KEY = 'anything'
    await factory.serve()
    const work = path.join(factory.directory, 'work')
    mkdirSync(work)
    execFileSync(path.join(out, 'create-keys.sh'), ['--data', factory.data, '--config', factory.file],
      { cwd: work, env: { ...process.env, PATH: `${path.dirname(binary)}:${process.env.PATH}` } })
    assert.equal(statSync(path.join(work, 'keys.jsonl')).mode & 0o777, 0o600)
    const made = readFileSync(path.join(work, 'keys.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line))
    assert.deepEqual(made.map((key) => key.name), ['desk-app', 'it-s-all'])
    for (const [key, models] of [[made[0].key, ['gpt-4', 'gpt-4o']], [made[1].key, ['gpt-4o', 'Team/Chat Model', 'team-chat-model']]]) {
      const client = new OpenAI({ apiKey: key, baseURL: factory.url + '/v1', maxRetries: 0 })
      for (const model of models) {
        const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello [[tokens=2]]' }] })
        assert.equal(answer.choices[0].message.content, 'the answer')
      }
    }
    const bound = new OpenAI({ apiKey: made[0].key, baseURL: factory.url + '/v1', maxRetries: 0 })
    await assert.rejects(bound.chat.completions.create({ model: 'Team/Chat Model', messages: [{ role: 'user', content: 'x' }] }), (error) => error.status === 403)
  },
})

// Prices that come later: calls billed at the ceiling, a list imported, history rated anew, budgets exact throughout.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { Factory, Provider, nano, run } from './support.mjs'

const provider = await Provider.start()
const config = (model = '', budget = '{limit: 50 USD, per: month}') => `
teams: [{name: it}]
providers:
  - {name: acme, kind: openai, base_url: "${provider.url}/v1", price_list: acme, region: eu-west-1}
models:
  - {name: small, provider: acme, id: acme-small${model}}
routes:
  - {name: default, targets: [{model: small}], retries: 0}
use_cases:
  - {name: desk, owner: it, risk_tier: T1, data_class: internal, route: default, budget: ${budget}, cache: {enabled: false}}
`
const body = { model: 'desk', max_tokens: 10, messages: [{ role: 'user', content: 'hi [[tokens=10]]' }] }
const list = (input, output) => JSON.stringify({ 'acme/acme-small': { litellm_provider: 'acme', mode: 'chat', input_cost_per_token: input, output_cost_per_token: output, regional_processing_uplift_multiplier_eu: 1.1 } })

await run({
  'calls at the ceiling get their price afterwards, in rows, sums and budgets': async () => {
    const factory = await new Factory(config()).serve()
    const key = factory.key('desk')
    for (let i = 0; i < 5; i++) assert.equal((await factory.chat(key, body)).status, 200)
    const before = factory.json('cost', 'report', '--by', 'model')
    assert.equal(before.unpriced, 5)
    assert.equal(before.total.requests, 5)

    const file = path.join(factory.directory, 'prices.json')
    writeFileSync(file, list(1e-6, 2e-6))
    const dry = factory.json('price', 'import', file, '--from', '2026-01-01', '--dry-run')
    assert.deepEqual([dry.format, dry.dry_run, dry.new], ['litellm', true, 1])
    assert.equal(factory.json('price', 'show', 'small').is_unpriced, true)
    factory.json('price', 'import', file, '--from', '2026-01-01')
    const shown = factory.json('price', 'show', 'small')
    assert.equal(shown.versions[0].layer, 'imported')
    assert.equal(shown.versions[0].uplift_basis_points, 1000)
    const answer = await (await factory.chat(key, body)).json()
    const { input_tokens: fresh, cached_input_tokens: cached, output_tokens: output } = factory.json('cost', 'report', '--by', 'use_case').total
    assert.equal(answer.millwright.unpriced, undefined)

    const plan = factory.json('cost', 'rerate', '--from', '2026-01-01', '--dry-run')
    const done = factory.json('cost', 'rerate', '--from', '2026-01-01')
    assert.deepEqual(plan.total, done.total)
    assert.equal(done.total.changed, 5)
    const after = factory.json('cost', 'report', '--by', 'use_case')
    assert.equal(after.unpriced, 0)
    // 1 and 2 USD a million with 10 % on top; whole tokens, so that no row had anything to round.
    assert.equal(nano(after.total.cost_usd), BigInt(fresh + cached) * 1100n + BigInt(output) * 2200n)
    assert.equal(nano(done.total.before_usd) + nano(done.total.difference_usd), nano(done.total.after_usd))
    assert.equal(nano(factory.json('budget', 'status').items[0].settled_usd), nano(after.total.cost_usd))
    await factory.kill()
    await factory.serve()
    assert.equal(nano(factory.json('budget', 'status').items[0].settled_usd), nano(after.total.cost_usd))
    await factory.stop()
    factory.cleanUp()
  },
  'a mis-typed price is refused in a file and held back in an import': async () => {
    const typo = new Factory(config(', price: {input: 1 USD/tok, output: 2 USD/Mtok}'))
    const refused = typo.attempt('config', 'validate', typo.file)
    assert.notEqual(refused.code, 0)
    assert.match(refused.out + refused.err, /unusual: true/)
    typo.cleanUp()
    const factory = await new Factory(config()).serve()
    const file = path.join(factory.directory, 'prices.json')
    writeFileSync(file, list(1e-6, 2e-6))
    factory.cli('price', 'import', file)
    writeFileSync(file, list(1e-9, 2e-9))
    assert.equal(factory.json('price', 'import', file).held, 1)
    writeFileSync(file, list(1, 2))
    assert.equal(factory.json('price', 'import', file).skipped, 1)
    assert.equal(factory.json('price', 'show', 'small').versions[0].rates.input, '1')
    const { checks } = JSON.parse(factory.attempt('doctor', '--json').out)
    assert.ok(checks.some((check) => check.name === 'seed price list' && /up to \d+ days ago/.test(check.evidence)))
    assert.ok(factory.json('price', 'list').items.some((row) => row.layer === 'seed' && row.age_days >= 0))
    await factory.stop()
    factory.cleanUp()
  },
})
await provider.stop()

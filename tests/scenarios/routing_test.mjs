// Routes: rules, strategies, capabilities, failure classes, overflow, affinity, retry budgets, hedging with its money, and
// a route that changes while requests run.
import assert from 'node:assert/strict'
import { Factory, Provider, nano, run } from './support.mjs'

const acme = await Provider.start()
const beta = await Provider.start()
const routes = (first = 'small') => `
  - {name: plain, targets: [{model: small}], fallback: [{model: large}], retries: 0}
  - name: ruled
    targets: [{model: small}]
    rules:
      - {name: triage, when: {task: [triage]}, targets: [{model: large}]}
      - {name: staff, when: {user_tier: [staff]}, targets: [{model: large}]}
      - {name: gold, when: {segment: {plan: gold*}}, targets: [{model: large}]}
      - {name: headed, when: {header: {x-plan: "pro*"}}, targets: [{model: large}]}
      - {name: long, when: {prompt_tokens: {min: 5000}}, targets: [{model: large}]}
      - {name: german, when: {language: [de]}, targets: [{model: large}]}
      - {name: seeing, when: {needs: [vision]}, targets: [{model: large}]}
      - {name: secret, when: {data_class: [confidential]}, targets: [{model: large}]}
      - {name: elsewhere, when: {task: [cheap]}, route: cheap}
  - {name: cheap, targets: [{model: large}, {model: small}], strategy: cost}
  - {name: blind, targets: [{model: blind}]}
  - {name: sighted, targets: [{model: blind}], fallback: [{model: large}]}
  - {name: strict, targets: [{model: small}], fallback: [{model: large}], retries: 0, fallback_on: [rate_limit]}
  - {name: flow, targets: [{model: small}], overflow: {to: large, concurrent: 2}}
  - {name: sticky, targets: [{model: small}, {model: large}], affinity: {by: session}}
  - {name: stormy, targets: [{model: small}], retries: 3, retry_budget: {share: 10%, burst: 5}}
  - {name: hedged, targets: [{model: small}], fallback: [{model: large}], retries: 0, hedge: {after: 150ms, max_cost: 1 USD, max_share: 100%}}
  - {name: thrifty, targets: [{model: small}], fallback: [{model: large}], hedge: {after: 100ms, max_cost: 0.000001 USD, max_share: 100%}}
  - {name: prompt, targets: [{model: small}], fallback: [{model: large}], retries: 0, first_token_timeout: 200ms}
  - {name: shadowed, targets: [{model: small}], shadow: {model: large, share: 100%, spend: {limit: 1 USD, per: day}}}
  - {name: moving, targets: [{model: ${first}}]}
`
const names = ['plain', 'ruled', 'blind', 'sighted', 'strict', 'flow', 'sticky', 'stormy', 'hedged', 'thrifty', 'prompt', 'shadowed', 'moving']
const commitments = 'region: eu, commitments: {training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}'
const config = (first) => `
teams: [{name: it}]
providers:
  - {name: acme, kind: openai, base_url: "${acme.url}/v1", ${commitments}, breaker: {failures: 0}}
  - {name: beta, kind: openai, base_url: "${beta.url}/v1", ${commitments}, breaker: {failures: 0}}
models:
  - {name: small, provider: acme, id: gpt-small, price: {input: 1 USD/Mtok, output: 2 USD/Mtok}}
  - {name: large, provider: beta, id: gpt-large, price: {input: 3 USD/Mtok, output: 6 USD/Mtok}}
  - {name: blind, provider: acme, id: gpt-blind, context: 1000, capabilities: [], price: {input: 1 USD/Mtok, output: 2 USD/Mtok}}
routes:${routes(first)}
use_cases:
${names.map((name) => `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: ${name}, max_output_tokens: 64, cache: {enabled: false}${name === 'hedged' ? ', budget: {limit: 5 USD, per: month}' : ''}}`).join('\n')}
`
const factory = new Factory(config())
await factory.serve()
const keys = Object.fromEntries(names.map((name) => [name, factory.key(name)]))
const wait = (ms) => new Promise((done) => setTimeout(done, ms))
const ask = (name, text, more = {}, headers = {}) =>
  factory.chat(keys[name], { model: name, messages: [{ role: 'user', content: text }], ...more }, headers)
const modelOf = async (response) => {
  assert.equal(response.status, 200, await response.clone().text())
  await response.text()
  return response.headers.get('x-millwright-model')
}
const traceOf = (response) => factory.json('trace', 'show', response.headers.get('x-millwright-trace'))
const rowsOf = (name) => factory.json('trace', 'list', '--use-case', name).items
const simulate = (...args) => factory.json('route', 'simulate', 'ruled', ...args)
const cost = (bill, input, output) => BigInt(bill.prompt_tokens) * input + BigInt(bill.completion_tokens) * output
const since = (before, now) => ({ prompt_tokens: now.prompt_tokens - before.prompt_tokens, completion_tokens: now.completion_tokens - before.completion_tokens, calls: now.calls - before.calls })
async function events(response) {
  const text = await response.text()
  return text.split('\n\n').filter((event) => event.startsWith('data: ')).map((event) => event.slice(6))
}

await run({
  'a rule of each kind decides, and the simulation shows it beforehand without a call': async () => {
    const before = await acme.bill()
    for (const [rule, args] of [
      ['triage', ['--task', 'triage']], ['staff', ['--user-tier', 'staff']], ['gold', ['--segment', 'region=eu;plan=golden']],
      ['headed', ['--header', 'X-Plan=pro-1']], ['long', ['--tokens', '5000']],
      ['german', ['--prompt', 'Wie kann ich mein Passwort ändern? Es ist nicht dringend.']], ['seeing', ['--needs', 'vision']],
      ['secret', ['--data-class', 'confidential']]]) {
      const answer = simulate(...args)
      assert.equal(answer.rule, `route:ruled/${rule}`, JSON.stringify(answer))
      assert.equal(answer.models[0].model, 'large')
      assert.ok(nano(answer.models[0].expected_usd) > 0n && nano(answer.models[0].worst_case_usd) >= nano(answer.models[0].expected_usd))
    }
    const denied = factory.attempt('route', 'simulate', 'ruled', '--data-class', 'restricted', '--json')
    assert.equal(denied.code, 7, 'policy lets nobody have it')
    assert.ok(JSON.parse(denied.out).decisions.some((each) => each.stage === 'policy' && each.verdict === 'deny'))
    const none = simulate('--prompt', 'How do I change my password?')
    assert.equal(none.rule, null)
    assert.deepEqual(none.models.map((each) => each.model), ['small'])
    assert.ok(none.decisions.some((each) => each.stage === 'policy' && each.verdict === 'allow'))
    const led = simulate('--task', 'cheap')
    assert.equal(led.route, 'cheap')
    assert.deepEqual(led.models.map((each) => each.model), ['small', 'large'])
    const human = factory.cli('route', 'simulate', 'ruled', '--task', 'triage')
    assert.match(human, /route:ruled\/triage/)
    assert.equal(factory.attempt('route', 'simulate', 'ruled', '--needs', 'sight', '--json').code, 2)
    assert.deepEqual(await acme.bill(), before)
  },
  'requests follow the same rules': async () => {
    assert.equal(await modelOf(await ask('ruled', 'hello', {}, { 'x-millwright-task': 'triage' })), 'large')
    assert.equal(await modelOf(await ask('ruled', 'hello', {}, { 'x-plan': 'pro-2' })), 'large')
    assert.equal(await modelOf(await ask('ruled', 'hello', {}, { 'x-plan': 'free' })), 'small')
    assert.equal(await modelOf(await ask('ruled', 'Wie ist das Wetter und was kann ich tun?')), 'large')
    assert.equal(await modelOf(await ask('ruled', 'x'.repeat(24_000))), 'large')
    const picture = [{ type: 'text', text: 'what is this?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }]
    assert.equal(await modelOf(await ask('ruled', picture)), 'large')
    const dry = await (await ask('ruled', 'hello', {}, { 'x-millwright-task': 'triage', 'x-millwright-dry-run': '1' })).json()
    assert.ok(dry.decisions.some((each) => each.verdict === 'match' && each.rule === 'route:ruled/triage'), JSON.stringify(dry))
  },
  'what a model cannot do skips it; when none is left the answer names the capability and the route': async () => {
    const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: {} } } }]
    assert.equal(await modelOf(await ask('sighted', 'hello', { tools })), 'large')
    assert.equal(await modelOf(await ask('sighted', 'hello')), 'blind')
    const refused = await ask('blind', 'hello', { tools })
    assert.equal(refused.status, 400)
    const { error } = await refused.json()
    assert.match(error.message, /"blind".*tools/)
    assert.equal(error.millwright.rule, 'route:blind')
    const long = await ask('blind', 'word '.repeat(3_000))
    assert.equal(long.status, 413)
    assert.match((await long.json()).error.message, /1000 tokens/)
    assert.equal(await modelOf(await ask('sighted', 'word '.repeat(3_000))), 'large')
  },
  'the class of a failure decides whether the next model is asked': async () => {
    assert.equal(await modelOf(await ask('plain', '[[status.gpt-small=500]]')), 'large')
    assert.equal(await modelOf(await ask('plain', '[[status.gpt-small=400]] [[code=context_length_exceeded]]')), 'large')
    assert.equal((await ask('plain', '[[status.gpt-small=400]]')).status, 400)
    assert.equal((await ask('plain', '[[status.gpt-small=400]] [[code=content_filter]]')).status, 403)
    assert.equal(await modelOf(await ask('strict', '[[status.gpt-small=429]]')), 'large')
    assert.equal((await ask('strict', '[[status.gpt-small=500]]')).status, 502)
  },
  'calls beyond the limit go to the backup': async () => {
    const first = [ask('flow', '[[delay=500]] a'), ask('flow', '[[delay=500]] b')]
    await wait(150)
    const second = [ask('flow', 'c'), ask('flow', 'd')]
    assert.deepEqual(await Promise.all((await Promise.all(second)).map(modelOf)), ['large', 'large'])
    assert.deepEqual(await Promise.all((await Promise.all(first)).map(modelOf)), ['small', 'small'])
    assert.equal(await modelOf(await ask('flow', 'e')), 'small')
  },
  'a session stays where it is': async () => {
    const used = new Set()
    for (let session = 0; session < 12; ++session) {
      const models = new Set()
      for (let i = 0; i < 3; ++i) models.add(await modelOf(await ask('sticky', `turn ${i}`, {}, { 'x-millwright-session': `s${session}` })))
      assert.equal(models.size, 1)
      used.add([...models][0])
    }
    assert.equal(used.size, 2, 'sessions are spread')
  },
  'a storm of refusals is not multiplied by retries': async () => {
    const before = (await acme.bill()).requests
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => ask('stormy', `[[status=429]] [[retry-after=0]] ${i}`)))
    for (const answer of answers) assert.equal(answer.status, 429)
    const retried = (await acme.bill()).requests - before - 60
    assert.ok(retried >= 5 && retried <= 5 + 6, `${retried} retries`)
    const refused = answers.map(traceOf).filter((trace) => trace.decisions.some((each) => each.verdict === 'no_retry'))
    assert.ok(refused.length > 40)
  },
  'a whole answer that is slow is overtaken, and both attempts are in the ledger': async () => {
    const before = [await acme.bill(), await beta.bill()]
    const started = Date.now()
    const response = await ask('hedged', '[[delay.gpt-small=2500]] hello')
    assert.equal(await modelOf(response), 'large')
    assert.ok(Date.now() - started < 2_000)
    const rows = rowsOf('hedged')
    assert.equal(rows.length, 2)
    const lost = rows.find((row) => row.model === 'small')
    const won = rows.find((row) => row.model === 'large')
    assert.equal(lost.status, 'cancelled')
    assert.ok(lost.is_estimated && nano(lost.cost_usd) > 0n, 'nobody knows what the slow one will charge')
    assert.ok(!won.is_estimated)
    const bills = [since(before[0], await acme.bill()), since(before[1], await beta.bill())]
    assert.equal(nano(won.cost_usd), cost(bills[1], 3_000n, 6_000n))
    assert.equal(bills[0].calls, 0)
    const verdicts = traceOf(response).decisions.map((each) => each.verdict)
    for (const verdict of ['hedge', 'hedge_won', 'hedge_lost']) assert.ok(verdicts.includes(verdict), verdicts.join())
  },
  'a stream whose content does not come is overtaken before its first byte': async () => {
    const before = await beta.bill()
    const response = await ask('hedged', '[[silent.gpt-small=2500]] [[tokens=5]] hello', { stream: true })
    assert.equal(response.headers.get('x-millwright-model'), 'large')
    const chunks = await events(response)
    assert.equal(chunks.pop(), '[DONE]')
    const parsed = chunks.map((chunk) => JSON.parse(chunk))
    assert.equal(parsed.filter((chunk) => chunk.choices[0]?.delta.role).length, 1)
    assert.ok(parsed.every((chunk) => chunk.model.startsWith('gpt-large')))
    const [won] = rowsOf('hedged').filter((row) => row.model === 'large' && row.id === response.headers.get('x-millwright-trace'))
    assert.equal(nano(won.cost_usd), cost(since(before, await beta.bill()), 3_000n, 6_000n))
  },
  'the first attempt may still win; the second is then cancelled and settled': async () => {
    const before = await acme.bill()
    const response = await ask('hedged', '[[delay.gpt-small=500]] [[delay.gpt-large=2500]] hello')
    assert.equal(await modelOf(response), 'small')
    const rows = rowsOf('hedged').filter((row) => row.id === response.headers.get('x-millwright-trace'))
    assert.deepEqual(rows.map((row) => [row.model, row.status, row.is_estimated]).sort(), [['large', 'cancelled', true], ['small', 'ok', false]])
    assert.equal(nano(rows.find((row) => row.model === 'small').cost_usd), cost(since(before, await acme.bill()), 1_000n, 2_000n))
    const budget = factory.json('budget', 'status').items.find((each) => each.scope.endsWith('hedged'))
    assert.equal(nano(budget.reserved_usd), 0n)
    const sum = rowsOf('hedged').reduce((sum, row) => sum + nano(row.cost_usd), 0n)
    assert.equal(nano(budget.settled_usd ?? budget.spent_usd), sum)
  },
  'when both fail the first failure is told and every attempt has its row': async () => {
    const response = await ask('hedged', '[[delay=400]] [[status=500]]')
    assert.equal(response.status, 502)
    const rows = rowsOf('hedged').filter((row) => row.id === response.headers.get('x-millwright-trace'))
    assert.deepEqual(rows.map((row) => row.model).sort(), ['large', 'small'])
    for (const row of rows) assert.equal(nano(row.cost_usd), 0n)
  },
  'a caller who leaves during a hedge leaves both attempts settled': async () => {
    const before = rowsOf('hedged').length
    const leaving = new AbortController()
    const answer = factory.chat(keys.hedged, { model: 'hedged', messages: [{ role: 'user', content: '[[delay=3000]] bye' }] }, {}, leaving.signal).catch((error) => error.name)
    await wait(600)
    leaving.abort()
    assert.equal(await answer, 'AbortError')
    await wait(400)
    const rows = rowsOf('hedged')
    assert.equal(rows.length, before + 2)
    for (const row of rows.slice(0, 2)) assert.equal(row.status, 'cancelled')
    const budget = factory.json('budget', 'status').items.find((each) => each.scope.endsWith('hedged'))
    assert.equal(nano(budget.reserved_usd), 0n)
  },
  'a hedge that could cost too much is not made': async () => {
    const response = await ask('thrifty', '[[delay.gpt-small=400]] hello')
    assert.equal(await modelOf(response), 'small')
    const refused = traceOf(response).decisions.find((each) => each.verdict === 'no_hedge')
    assert.equal(refused.evidence.because, 'max_cost')
    assert.equal(rowsOf('thrifty').length, 1)
  },
  'a stream without content in time falls back': async () => {
    const response = await ask('prompt', '[[silent.gpt-small=2500]] hello', { stream: true })
    assert.equal(response.headers.get('x-millwright-model'), 'large')
    assert.equal((await events(response)).pop(), '[DONE]')
    const trace = traceOf(response)
    assert.ok(trace.decisions.some((each) => each.verdict === 'fallback'), JSON.stringify(trace.decisions))
    const late = await ask('prompt', '[[silent=2500]] hello', { stream: true })
    assert.equal(late.status, 504)
    assert.match((await late.json()).error.message, /said nothing within 200 ms/)
    assert.equal(await modelOf(await ask('prompt', '[[delay=400]] whole answers have no first token')), 'small')
  },
  'a shadow answers beside the caller, on rows of its own, and is compared': async () => {
    const before = await beta.bill()
    assert.equal(await modelOf(await ask('shadowed', '[[say=the same words]] [[delay.gpt-large=300]]')), 'small')
    const stream = await ask('shadowed', '[[tokens=6]]', { stream: true })
    assert.equal((await events(stream)).pop(), '[DONE]')
    assert.equal(await modelOf(await ask('shadowed', '[[status.gpt-large=500]] the shadow fails, the caller does not')), 'small')
    let report
    for (const until = Date.now() + 8_000; Date.now() < until; await wait(100)) {
      report = factory.json('route', 'compare', 'shadowed')
      if (report.calls === 3) break
    }
    assert.equal(report.calls, 3, JSON.stringify(report))
    const [pair] = report.items
    assert.deepEqual([pair.route, pair.original.model, pair.shadow.model, pair.compared, pair.failed], ['shadowed', 'small', 'large', 2, 1])
    assert.equal(pair.agreement_mean, 1)
    assert.ok(pair.shadow.duration_us_p95 >= 300_000 && pair.original.first_token_us_p50 > 0 && pair.shadow.first_token_us_p50 > 0)
    const shadows = rowsOf('shadowed').filter((row) => row.surface === 'shadow')
    assert.equal(shadows.length, 3)
    const sum = shadows.reduce((sum, row) => sum + nano(row.cost_usd), 0n)
    assert.equal(sum, cost(since(before, await beta.bill()), 3_000n, 6_000n))
    assert.equal(nano(pair.shadow.cost_usd), sum)
    assert.match(factory.cli('route', 'compare', 'shadowed'), /AGREEMENT/)
  },
  'a route changes without a restart and without a dropped request': async () => {
    let isRunning = true
    const models = []
    const caller = async () => { while (isRunning) models.push(await modelOf(await ask('moving', '[[delay=5]] hi'))) }
    const callers = [caller(), caller(), caller(), caller()]
    for (const first of ['large', 'small', 'large']) {
      factory.write(config(first))
      factory.server.child.kill('SIGHUP')
      const until = Date.now() + 5_000
      while (models.at(-1) !== first && Date.now() < until) await wait(20)
      assert.equal(models.at(-1), first)
    }
    isRunning = false
    await Promise.all(callers)
    assert.ok(models.length > 20)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await Promise.all([acme.stop(), beta.stop()])
    factory.cleanUp()
  },
})

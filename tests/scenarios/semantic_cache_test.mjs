// The semantic cache by embeddings on the running binary: what it shares, what it keeps apart, what that costs and
// saves, what is left of it after a restart, and how it is emptied.
import assert from 'node:assert/strict'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const rest = 'owner: it, risk_tier: T1, data_class: internal, route: default, max_output_tokens: 64'
const semantic = (mode, more = '') => `cache: {semantic: {mode: "${mode}", similarity: embeddings, model: embedder, threshold_percent: 70, timeout: 1s${more}}}`
const config = deskConfig(provider.url).replace('routes:', `  - {name: embedder, provider: acme, id: meaning-1, price: {input: 1 USD/Mtok, output: 0 USD/Mtok}}
routes:`) + `  - {name: shared, ${rest}, ${semantic('on', ', names: [jira, slack]')}}
  - {name: watched, ${rest}, ${semantic('shadow', ', keep_texts: true')}}
  - {name: verified, ${rest}, ${semantic('on', ', verify_percent: 100')}}
  - {name: hasty, ${rest}, ${semantic('on').replace('timeout: 1s', 'timeout: 150ms')}}
`
const factory = new Factory(config)
await factory.serve()
const keys = Object.fromEntries(['shared', 'watched', 'verified', 'hasty'].map((name) => [name, factory.key(name)]))
const ask = async (name, text, more = {}, headers = {}) => {
  const response = await factory.chat(keys[name], { model: name, messages: [{ role: 'user', content: text }], ...more }, headers)
  return { status: response.status, headers: response.headers, cache: response.headers.get('x-millwright-cache'), body: await response.json() }
}
const traceOf = (answer) => factory.json('trace', 'show', answer.headers.get('x-millwright-trace'))
const decisionOf = (answer) => traceOf(answer).decisions.filter((each) => each.rule === 'cache.semantic').at(-1)
const asText = (answer) => answer.body.choices[0].message.content
const long = (thing) => `How do I reset my ${thing} on the new company laptop quickly`

await run({
  'a question in other words is answered for nothing, and shows what it saved': async () => {
    const first = await ask('shared', 'How do I reset my VPN password?')
    assert.equal(first.cache, 'miss', JSON.stringify(first.body))
    const again = await ask('shared', 'please change the vpn passcode')
    assert.equal(again.cache, 'hit')
    assert.equal(asText(again), asText(first))
    assert.equal(again.headers.get('x-millwright-cost-usd'), '0')
    assert.equal(again.headers.get('x-millwright-saved-usd'), first.body.millwright.cost_usd)
    assert.equal(again.body.millwright.saved_usd, first.body.millwright.cost_usd)
    const { verdict, evidence } = decisionOf(again)
    assert.equal(verdict, 'hit')
    assert.equal(evidence.similarity, 'embedder/meaning-1')
    assert.equal(evidence.of, first.headers.get('x-millwright-trace'))
    assert.ok(evidence.likeness >= 0.99)
    const embedding = factory.json('trace', 'show', evidence.embedding)
    assert.equal(embedding.use_case, 'shared')
    assert.equal(embedding.surface, 'semantic_cache')
    assert.equal(embedding.cost_usd, evidence.embedding_usd)
    assert.ok(nano(evidence.embedding_usd) > 0n)
  },
  'a stream is served alike': async () => {
    const other = await factory.chat(keys.shared, { model: 'shared', stream: true, messages: [{ role: 'user', content: 'where to reset our VPN password' }] })
    await other.text()
    assert.equal(other.headers.get('x-millwright-cache'), 'miss', 'it asks for a place')
    const hit = await factory.chat(keys.shared, { model: 'shared', stream: true, messages: [{ role: 'user', content: 'how do we replace the VPN passcode' }] })
    assert.match(await hit.text(), /data: \[DONE\]/)
    assert.equal(hit.headers.get('x-millwright-cache'), 'hit')
  },
  'what vectors hide keeps questions apart': async () => {
    await ask('shared', long('VPN password'))
    for (const [text, differs] of [[long('SAP password'), 'names'], [long('VPN password 2'), 'numbers'], [long('VPN password').replace('reset', 'not reset'), 'negation'],
      [long('VPN password').replace('How do I', 'When do I'), 'question'], [long('VPN password') + ' today', 'quantities']]) {
      const answer = await ask('shared', text)
      assert.equal(answer.cache, 'miss', text)
      assert.equal(decisionOf(answer).evidence.differs, differs, text)
    }
    await ask('shared', long('jira password'))
    assert.equal((await ask('shared', long('slack password'))).cache, 'miss')
    assert.equal((await ask('shared', long('VPN password').replace('quickly', 'fast'))).cache, 'hit', 'one other word at a low threshold')
  },
  'all else must be equal: the class of data, parameters, the conversation; tools are never shared': async () => {
    const other = 'please replace the vpn passcode'
    assert.equal((await ask('shared', other, {}, { 'x-millwright-data-class': 'confidential' })).cache, 'miss')
    assert.equal((await ask('shared', other, { temperature: 0.7 })).cache, 'miss')
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }]
    const embeddings = () => factory.json('cache', 'report', '--use-case', 'shared').items[0].embeddings
    const before = embeddings()
    assert.equal((await ask('shared', other, { tools })).cache, 'miss')
    assert.equal(embeddings(), before, 'and nothing is embedded for them')
    assert.equal((await ask('shared', other)).cache, 'hit')
  },
  'an embedding that fails or takes too long is a plain miss': async () => {
    const failed = await ask('hasty', 'first [[embed-status=500]]')
    assert.equal(failed.status, 200)
    assert.equal(failed.cache, 'miss')
    assert.equal(decisionOf(failed).verdict, 'skip')
    const began = Date.now()
    const late = await ask('hasty', 'second [[embed-delay=60000]]')
    assert.equal(late.status, 200)
    assert.ok(Date.now() - began < 4000)
    assert.equal(decisionOf(late).verdict, 'skip')
    const item = factory.json('cache', 'report', '--use-case', 'hasty').items[0]
    assert.deepEqual([item.asked, item.embeddings, item.embeddings_failed], [0, 2, 2])
  },
  'in shadow mode everybody is called, and the samples are kept, with texts for those who label': async () => {
    await ask('watched', 'How do I reset my VPN password?')
    assert.equal((await ask('watched', 'please change the vpn passcode')).cache, 'miss')
    assert.equal((await ask('watched', long('VPN password'))).cache, 'miss')
    assert.equal((await ask('watched', long('SAP password'))).cache, 'miss')
    const { items } = factory.json('cache', 'samples', '--use-case', 'watched')
    const alike = items.find((item) => item.likeness > 0.99)
    assert.ok(alike.would_serve && alike.says_same && alike.label === null)
    assert.ok(items.some((item) => item.difference === 'names' && !item.would_serve))
    const shown = factory.json('cache', 'show', alike.trace)
    assert.equal(shown.texts.question, 'please change the vpn passcode')
    assert.equal(shown.texts.original_question, 'How do I reset my VPN password?')
    assert.equal(factory.json('cache', 'label', alike.trace, 'different').label, 'different')
    assert.notEqual(factory.attempt('cache', 'label', alike.trace, 'perhaps').code, 0)
    assert.equal(factory.json('audit', 'search', '--action', 'cache_sample.').items.length, 2)
  },
  'some hits are verified': async () => {
    await ask('verified', 'How do I reset my VPN password?')
    assert.equal((await ask('verified', 'please change the vpn passcode')).cache, 'miss')
    const item = factory.json('cache', 'report', '--use-case', 'verified').items[0]
    assert.deepEqual([item.mode, item.asked, item.served, item.shadowed, item.agreed, item.precision], ['on', 2, 0, 1, 1, 1])
  },
  'the report outlives a restart': async () => {
    const before = factory.json('cache', 'report')
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await factory.serve()
    assert.deepEqual(factory.json('cache', 'report'), before)
    const item = before.items.find((each) => each.use_case === 'watched')
    assert.equal(item.similarity, 'embedder/meaning-1')
    assert.deepEqual([item.agreed, item.labelled, item.precision], [item.shadowed - 1, 1, (item.shadowed - 1) / item.shadowed])
    assert.equal(item.curve.length, 13)
    assert.equal(item.advice.threshold_percent, null)
    assert.match(item.advice.because, /too few/)
    assert.ok(nano(item.embedding_usd) > 0n && nano(item.would_save_usd) > 0n)
    const shared = before.items.find((each) => each.use_case === 'shared')
    assert.equal(nano(shared.net_saved_usd), nano(shared.saved_usd) - nano(shared.embedding_usd))
    assert.match(factory.cli('cache', 'report'), /are too few/)
    assert.equal(factory.attempt('cache', 'report', '--use-case', 'watchd').code === 0, false)
  },
  'purged answers are gone': async () => {
    await ask('shared', 'How do I reset my VPN password?')
    assert.equal((await ask('shared', 'please change the vpn passcode')).cache, 'hit')
    const purged = factory.json('cache', 'purge', '--use-case', 'shared')
    assert.ok(purged.exact >= 1 && purged.semantic >= 1, JSON.stringify(purged))
    assert.equal((await ask('shared', 'please change the vpn passcode')).cache, 'miss')
    assert.deepEqual(factory.json('cache', 'purge', '--use-case', 'watched'), { use_case: 'watched', exact: 0, semantic: 0 })
    assert.notEqual(factory.attempt('cache', 'purge', '--use-case', 'nobody').code, 0)
  },
  'the ledger says what the provider billed': async () => {
    const billed = await provider.bill()
    const rows = factory.json('trace', 'list', '--limit', '200').items.filter((row) => !row.is_estimated && !row.estimated)
    const sum = rows.reduce((total, row) => total + nano(row.cost_usd), 0n)
    assert.equal(sum, BigInt(billed.prompt_tokens) * 1000n + BigInt(billed.completion_tokens) * 2000n)
  },
  'what is configured wrongly is named': async () => {
    const refuses = (changed, pattern) => {
      factory.write(changed)
      const result = factory.attempt('config', 'validate', factory.file)
      assert.match(result.out + result.err, pattern)
    }
    refuses(config.replaceAll('model: embedder', 'model: embeder'), /Did you mean "embedder"/)
    refuses(config.replace('model: embedder, ', ''), /needs a model/)
    refuses(config.replace('similarity: embeddings, ', ''), /asks no model/)
    refuses(config.replace('timeout: 1s', 'timeout: 1ms'), /timeout/)
    factory.write(config)
  },
  'a clean stop ends with 0': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

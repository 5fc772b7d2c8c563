// Files and batches through the official OpenAI SDK: results, faults, cancelling, a kill in the middle, a spent budget and
// its approval, off-peak hours, and the same money in the ledger as the provider billed.
import assert from 'node:assert/strict'
import OpenAI, { toFile } from 'openai'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const more = `  - {name: small-budget, owner: it, risk_tier: T1, data_class: internal, route: default, cache: {enabled: false}, max_output_tokens: 64, budget: {limit: 0.0006 USD, per: total}}
batches: {concurrent: 4, provider_batch: never}
`
const factory = new Factory(deskConfig(provider.url, { extra: more }))
await factory.serve()
// A second one sends its batches to the provider's own, at half the price.
const half = 'batch: {input: 0.5 USD/Mtok, output: 1 USD/Mtok}'
const sender = new Factory(deskConfig(provider.url, { extra: 'batches: {concurrent: 4, provider_lines: 5, poll: 50ms}\n' })
  .replace('output: 2 USD/Mtok}', `output: 2 USD/Mtok, ${half}}`))
const key = factory.key('desk')
const clientOf = (secret) => new OpenAI({ baseURL: factory.url + '/v1', apiKey: secret, maxRetries: 0 })
let client = clientOf(key)

const ask = (id, text, model = 'desk') => JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model, messages: [{ role: 'user', content: text }] } })
const lines = (count, text, model) => Array.from({ length: count }, (_, i) => ask(`id-${i}`, `${text} ${i}`, model))
const upload = async (list, from = client) => from.files.create({ purpose: 'batch', file: await toFile(Buffer.from(list.join('\n') + '\n'), 'in.jsonl') })
const begin = async (list, extra = {}, from = client) => from.batches.create({
  input_file_id: (await upload(list, from)).id, endpoint: '/v1/chat/completions', completion_window: '24h', ...extra })
async function until(id, wanted, from = client) {
  for (let i = 0; i < 600; ++i) {
    const batch = await from.batches.retrieve(id)
    if (wanted(batch)) return batch
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`the batch ${id} did not get there: ${JSON.stringify(await from.batches.retrieve(id))}`)
}
const ended = (id, from) => until(id, (batch) => ['completed', 'failed', 'expired', 'cancelled'].includes(batch.status), from)
const read = async (id, from = client) => (await (await from.files.content(id)).text()).trim().split('\n').filter(Boolean).map((line) => JSON.parse(line))
const costOf = async (results) => results.reduce((sum, line) => sum + nano(line.response.body.millwright.cost_usd), 0n)
const billOf = (bill) => BigInt(bill.prompt_tokens) * 1000n + BigInt(bill.completion_tokens) * 2000n
const booked = () => nano(factory.json('cost', 'report', '--by', 'use_case').total.cost_usd)

await run({
  'files: created, listed, retrieved, read, deleted': async () => {
    const file = await client.files.create({ purpose: 'user_data', file: await toFile(Buffer.from('naïve'), 'plän.txt'), expires_after: { anchor: 'created_at', seconds: 3600 } })
    assert.equal(file.filename, 'plän.txt')
    assert.equal(file.bytes, 6)
    assert.equal(file.expires_at - file.created_at, 3600)
    assert.deepEqual((await client.files.list({ purpose: 'user_data' })).data.map((each) => each.id), [file.id])
    assert.equal((await client.files.retrieve(file.id)).purpose, 'user_data')
    assert.equal(await (await client.files.content(file.id)).text(), 'naïve')
    assert.equal((await client.files.delete(file.id)).deleted, true)
    await assert.rejects(client.files.retrieve(file.id), (error) => error.status === 404)
  },
  'a batch runs to its end, and its lines cost what the provider billed': async () => {
    const before = await provider.bill()
    const batch = await begin([...lines(25, 'question'), ask('bad', '[[status=400]]')], { metadata: { run: 'first' } })
    assert.equal(batch.status, 'validating')
    const done = await ended(batch.id)
    assert.equal(done.status, 'completed')
    assert.deepEqual(done.request_counts, { total: 26, completed: 25, failed: 1 })
    assert.equal(done.metadata.run, 'first')
    const results = await read(done.output_file_id)
    assert.deepEqual(results.map((line) => line.custom_id), Array.from({ length: 25 }, (_, i) => `id-${i}`))
    assert.equal(results[0].response.status_code, 200)
    assert.equal(results[0].response.body.choices[0].message.role, 'assistant')
    const [failed] = await read(done.error_file_id)
    assert.equal(failed.custom_id, 'bad')
    assert.equal(failed.response.status_code, 400)
    const after = await provider.bill()
    assert.equal(after.calls - before.calls, 25)
    assert.equal(await costOf(results), billOf(after) - billOf(before))
    assert.equal(nano(done.millwright.cost_usd), await costOf(results))
    assert.equal((await client.batches.list()).data[0].id, batch.id)
  },
  'an input with faults fails, naming the lines': async () => {
    const done = await ended((await begin([ask('a', 'x'), 'nonsense', ask('a', 'y'), ask('b', 'z').replace('chat/completions', 'embeddings')])).id)
    assert.equal(done.status, 'failed')
    assert.deepEqual(done.errors.data.map((fault) => [fault.line, fault.code]), [[2, 'invalid_json_line'], [3, 'duplicate_custom_id'], [4, 'mismatched_endpoint']])
  },
  'responses and embeddings have lines too': async () => {
    const line = (id, url, body) => JSON.stringify({ custom_id: id, method: 'POST', url, body })
    for (const [url, body, check] of [
      ['/v1/responses', { model: 'desk', input: 'hi' }, (answer) => assert.equal(answer.object, 'response')],
      ['/v1/embeddings', { model: 'desk', input: 'four' }, (answer) => assert.equal(answer.data.length, 1)],
      ['/v1/completions', { model: 'desk', prompt: 'hi' }, (answer) => assert.equal(answer.object, 'text_completion')]]) {
      const file = await upload([line('one', url, body)])
      const done = await ended((await client.batches.create({ input_file_id: file.id, endpoint: url, completion_window: '24h' })).id)
      assert.equal(done.status, 'completed')
      check((await read(done.output_file_id))[0].response.body)
    }
  },
  'a cancelled batch keeps what ran and names what did not': async () => {
    const batch = await begin(lines(60, '[[delay=50]] slow'))
    await until(batch.id, (each) => each.request_counts.completed > 0)
    await assert.rejects(client.files.delete(batch.input_file_id), (error) => error.status === 409)
    assert.equal((await client.batches.cancel(batch.id)).status, 'cancelling')
    const done = await ended(batch.id)
    assert.equal(done.status, 'cancelled')
    const answered = await read(done.output_file_id)
    const left = await read(done.error_file_id)
    assert.equal(answered.length + left.length, 60)
    assert.ok(left.every((line) => line.error.code === 'batch_cancelled'))
    await assert.rejects(client.batches.cancel(batch.id), (error) => error.status === 409)
  },
  'over a kill in the middle no line is lost, none billed twice': async () => {
    const before = { bill: await provider.bill(), rows: booked() }
    const batch = await begin(lines(80, '[[delay=30]] kill'))
    await until(batch.id, (each) => each.request_counts.completed >= 10)
    await factory.kill()
    await factory.serve()
    client = clientOf(key)
    const done = await ended(batch.id)
    assert.equal(done.status, 'completed')
    const answered = await read(done.output_file_id)
    const interrupted = done.error_file_id ? await read(done.error_file_id) : []
    const all = [...answered, ...interrupted].map((line) => line.custom_id)
    assert.equal(all.length, 80)
    assert.equal(new Set(all).size, 80)
    assert.ok(interrupted.length <= 4, `${interrupted.length} lines were in flight`)
    assert.ok(interrupted.every((line) => line.error.code === 'interrupted' && nano(line.error.millwright.cost_usd) > 0n))
    // The provider answered each line at most once; what it answered and nobody heard is booked, at its worst case at most.
    const after = await provider.bill()
    assert.ok(after.calls - before.bill.calls <= 80 && after.calls - before.bill.calls >= answered.length)
    const lost = interrupted.reduce((sum, line) => sum + nano(line.error.millwright.cost_usd), 0n)
    assert.equal(booked() - before.rows, await costOf(answered) + lost)
    assert.ok(booked() - before.rows >= billOf(after) - billOf(before.bill))
  },
  'a spent budget pauses a batch; approval lets it go on': async () => {
    const own = factory.key('small-budget', '--name', 'frugal')
    const frugal = clientOf(own)
    const batch = await begin(lines(30, 'money', 'small-budget'), {}, frugal)
    const paused = await until(batch.id, (each) => each.millwright.approval, frugal)
    assert.equal(paused.status, 'in_progress')
    assert.match(paused.millwright.paused, /budget of use_case\/small-budget/)
    assert.ok(paused.request_counts.completed < 30)
    assert.ok(nano(paused.millwright.cost_usd) <= 600_000n)
    const shown = factory.json('batch', 'show', batch.id)
    assert.equal(shown.millwright.approval, paused.millwright.approval)
    factory.cli('approval', 'approve', paused.millwright.approval, '--reason', 'month end')
    const done = await ended(batch.id, frugal)
    assert.equal(done.status, 'completed')
    assert.equal(done.request_counts.completed, 30)
    assert.equal(done.millwright.overrun_approved, true)
  },
  'through the provider\'s own batch, at its price, over a kill': async () => {
    await sender.serve()
    const secret = sender.key('desk')
    const clientThere = () => new OpenAI({ baseURL: sender.url + '/v1', apiKey: secret, maxRetries: 0 })
    const bill = async () => (await fetch(provider.url + '/batch-bill')).json()
    const direct = (await provider.bill()).calls
    const batch = await begin([ask('first', '[[polls=8]] x'), ...lines(18, 'sent'), ask('bad', '[[batch-status=400]]')], {}, clientThere())
    await until(batch.id, (each) => each.millwright.provider === 'acme', clientThere())
    await sender.kill()
    await sender.serve()
    const done = await ended(batch.id, clientThere())
    assert.equal(done.status, 'completed')
    assert.deepEqual(done.request_counts, { total: 20, completed: 19, failed: 1 })
    const results = await read(done.output_file_id, clientThere())
    assert.equal(results[0].response.body.choices[0].message.content, 'by batch')
    const there = await bill()
    assert.equal(there.calls, 19)
    assert.equal(there.batches, 1)
    assert.equal(there.files, 0)   // nothing stays with the provider
    assert.equal((await provider.bill()).calls, direct)
    const expected = BigInt(there.prompt_tokens) * 500n + BigInt(there.completion_tokens) * 1000n
    assert.equal(await costOf(results), expected)
    assert.equal(nano(sender.json('cost', 'report', '--by', 'use_case').total.cost_usd), expected)
  },
  'what the provider\'s batch does not take or answer runs by itself': async () => {
    const secret = sender.json('key', 'create', '--use-case', 'desk', '--name', 'second').key
    const there = new OpenAI({ baseURL: sender.url + '/v1', apiKey: secret, maxRetries: 0 })
    const refused = await ended((await begin([ask('first', '[[no-batches]]'), ...lines(6, 'alone')], {}, there)).id, there)
    assert.equal(refused.request_counts.completed, 7)
    const skipped = await ended((await begin([ask('first', '[[batch-skip]]'), ...lines(6, 'half')], {}, there)).id, there)
    assert.equal(skipped.request_counts.completed, 7)
    const texts = (await read(skipped.output_file_id, there)).map((line) => line.response.body.choices[0].message.content)
    assert.notEqual(texts[0], 'by batch')
    assert.ok(texts.slice(1).every((text) => text === 'by batch'))
  },
  'a cancelled batch is cancelled at the provider too': async () => {
    const secret = sender.json('key', 'create', '--use-case', 'desk', '--name', 'third').key
    const there = new OpenAI({ baseURL: sender.url + '/v1', apiKey: secret, maxRetries: 0 })
    const batch = await begin([ask('first', '[[hang]]'), ...lines(6, 'hang')], {}, there)
    await until(batch.id, (each) => each.millwright.provider === 'acme', there)
    await there.batches.cancel(batch.id)
    const done = await ended(batch.id, there)
    assert.equal(done.status, 'cancelled')
    assert.equal((await read(done.error_file_id, there)).length, 7)
  },
  'lines wait for off-peak prices, unless the deadline or the caller says otherwise': async () => {
    const clock = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16)
    const span = clock(2) < clock(3) ? `${clock(2)}-${clock(3)}` : '12:00-13:00'   // never now, and never over midnight
    const priced = (hours) => deskConfig(provider.url, { extra: 'batches: {provider_batch: never}\n' })
      .replace('output: 2 USD/Mtok}', `output: 2 USD/Mtok, hours: [{utc: ["${hours}"], input: 0.25 USD/Mtok, output: 1 USD/Mtok}]}`)
    const night = new Factory(priced(span))
    await night.serve()
    const there = new OpenAI({ baseURL: night.url + '/v1', apiKey: night.key('desk'), maxRetries: 0 })
    const waiting = await begin(lines(3, 'night'), {}, there)
    const shown = await until(waiting.id, (each) => each.millwright.waits_for, there)
    assert.equal(shown.millwright.waits_for, 'off-peak prices')
    assert.ok(shown.millwright.waits_until.slice(11, 16) === span.slice(0, 5))
    for (const more of [{ completion_window: '1m' }, { millwright: { off_peak: 'ignore' } }]) {
      assert.equal((await ended((await begin(lines(2, 'urgent'), more, there)).id, there)).status, 'completed')
    }
    assert.equal((await there.batches.retrieve(waiting.id)).request_counts.completed, 0)
    night.write(priced('00:00-24:00'))   // cheap at all times: what waited runs, at that price
    night.server.child.kill('SIGHUP')
    const done = await ended(waiting.id, there)
    assert.equal(done.request_counts.completed, 3)
    const [first] = await read(done.output_file_id, there)
    const usage = first.response.body.usage
    assert.equal(nano(first.response.body.millwright.cost_usd), BigInt(usage.prompt_tokens) * 250n + BigInt(usage.completion_tokens) * 1000n)
    await night.stop()
    night.cleanUp()
  },
  'a deferred call answers 202 and is a batch of one line': async () => {
    const response = await factory.ask(key, 'later', {}, { 'x-millwright-defer': 'off-peak; deadline=3h' })
    assert.equal(response.status, 202)
    const batch = await response.json()
    assert.equal(response.headers.get('location'), `/v1/batches/${batch.id}`)
    const done = await ended(batch.id)
    assert.equal((await read(done.output_file_id))[0].response.body.object, 'chat.completion')
  },
  'the command line lists, shows, makes and cancels': async () => {
    assert.ok(factory.json('batch', 'list').items.length >= 5)
    const file = `${factory.directory}/in.jsonl`
    const { writeFileSync } = await import('node:fs')
    writeFileSync(file, lines(5, 'from the shell').join('\n'))
    const made = factory.json('batch', 'create', file, '--key', 'frugal', '--window', '2h')
    assert.equal(made.expires_at - made.created_at, 7200)
    writeFileSync(file, 'nonsense')
    const failed = factory.attempt('batch', 'create', file, '--key', 'frugal', '--wait')
    assert.equal(failed.code, 1)
    assert.match(failed.out, /invalid_json_line/)
    assert.match(factory.attempt('batch', 'cancel', 'batch_none').err, /there is no batch/)
  },
  'everything stops in good order': async () => {
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    assert.deepEqual(await sender.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
    sender.cleanUp()
  },
})

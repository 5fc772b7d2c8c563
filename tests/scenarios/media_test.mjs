// Images, speech and transcripts: the official SDK, files byte for byte, and a ledger that says what the provider billed.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import OpenAI, { toFile } from 'openai'
import { Factory, Provider, deskConfig, nano, run } from './support.mjs'

const provider = await Provider.start()
const models = {
  drawing: ['dall-e-3', 'images: [{quality: standard, size: 1024x1024, price: 0.04 USD/unit}, {quality: standard, size: 1024x1792, price: 0.08 USD/unit}, {quality: hd, size: 1024x1024, price: 0.08 USD/unit}, {quality: hd, size: 1024x1792, price: 0.12 USD/unit}]'],
  painting: ['gpt-image-1', 'input: 5 USD/Mtok, image_input: 10 USD/Mtok, image_output: 40 USD/Mtok, output: 40 USD/Mtok'],
  voice: ['tts-1', 'character: 15 USD/Munit'],
  actor: ['gpt-4o-mini-tts', 'input: 0.6 USD/Mtok, output: 0 USD/Mtok, audio_output: 12 USD/Mtok'],
  ear: ['whisper-1', 'audio_second: 0.0001 USD/unit'],
  listener: ['gpt-4o-transcribe', 'input: 2.5 USD/Mtok, audio_input: 6 USD/Mtok, output: 10 USD/Mtok'],
}
const price = (text) => text.includes('input: ') ? text : `input: 0 USD/Mtok, output: 0 USD/Mtok, ${text}`
const names = Object.keys(models)
const config = deskConfig(provider.url, { extra: names.map((name) =>
  `  - {name: ${name}, owner: it, risk_tier: T1, data_class: internal, route: ${name}}`).join('\n') + '\n' +
  '  - {name: poor, owner: it, risk_tier: T1, data_class: internal, route: drawing, budget: {limit: 0.05 USD, per: total}}\n' +
  '  - {name: quotes, owner: it, risk_tier: T1, data_class: internal, route: quotes}\n' })
  .replace('models:\n', 'models:\n' + names.map((name) => `  - {name: ${name}, provider: acme, id: ${models[name][0]}, price: {${price(models[name][1])}}}\n`).join(''))
  .replace('routes:\n', 'routes:\n  - {name: quotes, targets: [{model: extractive}]}\n' + names.map((name) => `  - {name: ${name}, targets: [{model: ${name}}], timeout: 20s, retries: 0}\n`).join(''))
const factory = await new Factory(config).serve()
const key = factory.json('key', 'create', '--use-case', 'drawing', '--name', 'first').key
const keys = Object.fromEntries([...names, 'poor', 'quotes'].map((name) => [name, factory.key(name)]))
const sdk = (name) => new OpenAI({ baseURL: factory.url + '/v1', apiKey: keys[name], maxRetries: 0 })

/** 16 kHz, one channel, 16 bit. */
function wav(seconds, { claimed } = {}) {
  const data = Math.round(seconds * 32000)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0); header.writeUInt32LE(36 + (claimed ?? data), 4); header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16); header.writeUInt16LE(1, 20); header.writeUInt16LE(1, 22); header.writeUInt32LE(16000, 24)
  header.writeUInt32LE(32000, 28); header.writeUInt16LE(2, 32); header.writeUInt16LE(16, 34)
  header.write('data', 36); header.writeUInt32LE(claimed ?? data, 40)
  const noise = Buffer.alloc(data)
  for (let i = 0; i < data; ++i) noise[i] = (i * 7919) & 255
  return Buffer.concat([header, noise])
}
const file = (seconds = 1.5, name = 'speech.wav') => toFile(wav(seconds), name, { type: 'audio/wav' })
const picture = () => toFile(Buffer.from('89504e470d0a1a0a0d0a2d2d00ff', 'hex'), 'cat.png', { type: 'image/png' })
const billed = async () => BigInt((await provider.bill()).media_nano)
const rows = () => factory.json('trace', 'list', '--limit', '200').items
const booked = () => rows().reduce((sum, row) => sum + nano(row.cost_usd), 0n)
/** What the provider billed for it is what it cost here. */
async function exact(call) {
  const [before, spent] = [await billed(), booked()]
  const answer = await call()
  await new Promise((done) => setTimeout(done, 50))
  const bill = await billed() - before
  assert.ok(bill > 0n)
  assert.equal(booked() - spent, bill)
  assert.equal(rows()[0].estimated ?? rows()[0].is_estimated ?? false, false)
  return answer
}
const collect = async (stream) => { const events = []; for await (const event of stream) events.push(event); return events }
const raw = (path, name, body, headers = {}) => fetch(factory.url + path, { method: 'POST', headers: { authorization: `Bearer ${keys[name]}`, ...headers }, body })

await run({
  'images by the piece: quality and size decide': async () => {
    const answer = await exact(() => sdk('drawing').images.generate({ model: 'drawing', prompt: 'a cat', n: 2, quality: 'hd', size: '1024x1792' }))
    assert.equal(answer.data.length, 2)
    assert.equal(answer.data[0].revised_prompt, 'a cat')
    assert.match(answer.data[0].url, /sig=4111111111111111$/)   // a URL is no text
    assert.equal(answer.millwright.cost_usd, '0.24')
    assert.equal((await exact(() => sdk('drawing').images.generate({ model: 'drawing', prompt: 'a cat' }))).millwright.cost_usd, '0.04')
  },
  'images by tokens, whole and streamed': async () => {
    const answer = await exact(() => sdk('painting').images.generate({ model: 'painting', prompt: 'a dog', size: '1024x1024', quality: 'low', n: 3 }))
    assert.equal(answer.data.length, 3)
    assert.equal(answer.usage.output_tokens, 816)
    const stream = await exact(async () => collect(await sdk('painting').images.generate({ model: 'painting', prompt: 'a dog', quality: 'low', stream: true, partial_images: 2 })))
    assert.deepEqual(stream.map((event) => event.type), ['image_generation.partial_image', 'image_generation.partial_image', 'image_generation.completed'])
    assert.equal(stream[1].partial_image_index, 1)
    assert.ok(stream[2].millwright.trace)
  },
  'edits and variations take files': async () => {
    const answer = await exact(async () => sdk('painting').images.edit({ model: 'painting', prompt: 'a hat', quality: 'low', image: [await picture(), await picture()], mask: await picture() }))
    assert.equal(answer.usage.input_tokens_details.image_tokens, 192)
    const events = await exact(async () => collect(await sdk('painting').images.edit({ model: 'painting', prompt: 'a hat', quality: 'low', image: await picture(), stream: true })))
    assert.equal(events.at(-1).type, 'image_edit.completed')
    const varied = await exact(async () => sdk('drawing').images.createVariation({ model: 'drawing', image: await picture(), n: 2, size: '1024x1024' }))
    assert.equal(varied.data.length, 2)
  },
  'speech: bytes as they come, billed by the character or by tokens': async () => {
    const answer = await exact(() => sdk('voice').audio.speech.create({ model: 'voice', input: 'Grüße aus Köln', voice: 'ash' }))
    assert.equal(answer.headers.get('content-type'), 'audio/mpeg')
    const sound = Buffer.from(await answer.arrayBuffer())
    assert.deepEqual(sound, Buffer.concat([0, 1, 2, 3].map((i) => Buffer.from([0x49, 0x44, 0x33, 0, 0xff, 0xfb, 13, 10, 0x2d, 0x2d, i]))))
    assert.equal(nano(rows()[0].cost_usd), 14n * 15000n)
    const events = await exact(async () => (await sdk('actor').audio.speech.create({ model: 'actor', input: 'hello there', voice: 'ash', stream_format: 'sse' })).text())
    assert.match(events, /"type":"speech.audio.done"/)
  },
  'speech by tokens without a report is an estimate, never free': async () => {
    const before = booked()
    const answer = await sdk('actor').audio.speech.create({ model: 'actor', input: 'hello there', voice: 'ash' })
    await answer.arrayBuffer()
    await new Promise((done) => setTimeout(done, 50))
    assert.ok(booked() > before)
    assert.equal(rows()[0].estimated ?? rows()[0].is_estimated, true)
  },
  'transcripts in every format': async () => {
    const text = 'the quick brown fox jumps over the lazy dog'
    const create = (more, name = 'ear') => exact(async () => sdk(name).audio.transcriptions.create({ model: name, file: await file(), ...more }))
    assert.equal((await create({})).text, text)
    assert.equal(await create({ response_format: 'text' }), text + '\n')
    assert.match(await create({ response_format: 'srt' }), /00:00:01,000 --> 00:00:02,000\n/)
    assert.match(await create({ response_format: 'vtt' }), /^WEBVTT/)
    const verbose = await create({ response_format: 'verbose_json' })
    assert.equal(verbose.segments.length, 2)
    assert.equal(verbose.millwright.cost_usd, '0.0002')   // a second and a half, by the second that has begun
    assert.equal((await create({ prompt: 'names' }, 'listener')).usage.type, 'tokens')
    const events = await exact(async () => collect(await sdk('listener').audio.transcriptions.create({ model: 'listener', file: await file(), stream: true })))
    assert.equal(events.filter((event) => event.type === 'transcript.text.delta').map((event) => event.delta).join(''), text)
    assert.equal(events.at(-1).text, text)
    const whole = await exact(async () => sdk('ear').audio.transcriptions.create({ model: 'ear', file: await file(), stream: true }).then(async (stream) => stream))
    assert.ok(whole)
  },
  'translations report nothing: the length of the file counts': async () => {
    const answer = await exact(async () => sdk('ear').audio.translations.create({ model: 'ear', file: await file(2.25) }))
    assert.equal(answer.millwright.cost_usd, '0.0003')
    const before = booked()
    const other = await sdk('ear').audio.translations.create({ model: 'ear', file: await toFile(Buffer.alloc(40_000, 1), 'a.mp3') })
    assert.equal(other.millwright.estimated, true)
    await new Promise((done) => setTimeout(done, 50))
    assert.ok(booked() > before)
  },
  'a file and the fields beside it arrive byte for byte': async () => {
    const bytes = Buffer.concat([wav(0.5), Buffer.from('\r\n--x\r\nContent-Disposition: form-data; name="y"\r\n\r\n')])
    const answer = await sdk('listener').audio.transcriptions.create({
      model: 'listener', file: await toFile(bytes, 'naïve "x".wav', { type: 'audio/wav' }), prompt: '[[echo]]', include: ['logprobs'], temperature: 0.2, language: 'de' })
    const [digest, name] = answer.text.split(' ')
    assert.equal(digest, createHash('sha256').update(bytes).digest('hex'))
    assert.equal(name, 'naïve')
    const fields = JSON.parse(answer.text.slice(answer.text.indexOf('{')))
    assert.deepEqual(fields, { model: 'gpt-4o-transcribe', prompt: '[[echo]]', 'include[]': 'logprobs', temperature: '0.2', language: 'de' })
  },
  'the guard reads prompts and transcripts, whole and in pieces': async () => {
    const say = '[[say=my card is 4111 1111 1111 1111 thanks]]'
    for (const more of [{}, { response_format: 'text' }, { response_format: 'srt' }, { response_format: 'vtt' }, { response_format: 'verbose_json' }]) {
      const answer = await sdk('ear').audio.transcriptions.create({ model: 'ear', file: await file(), ...more, prompt: '[[say=my card is 4111111111111111 thanks]]' }).catch((error) => error)
      assert.ok(!JSON.stringify(answer).includes('4111'), JSON.stringify(answer))
    }
    assert.ok(say)
    const redacted = await sdk('drawing').images.generate({ model: 'drawing', prompt: 'card 4111 1111 1111 1111' })
    assert.equal(redacted.data[0].revised_prompt, 'card [CREDIT_CARD]')
  },
  'what is wrong is named': async () => {
    const json = { 'content-type': 'application/json' }
    for (const [path, body, field, headers] of [
      ['/v1/images/generations', '{"prompt":"x"}', 'model'], ['/v1/images/generations', '{"model":"drawing"}', 'prompt'],
      ['/v1/images/generations', '{"model":"drawing","prompt":"x","n":0}', 'n'], ['/v1/images/generations', '{"model":"drawing","prompt":"x","stream":"yes"}', 'stream'],
      ['/v1/images/generations', '{"model":"drawing","prompt":"x","size":5}', 'size'], ['/v1/images/edits', '{"model":"drawing","prompt":"x"}', 'image'],
      ['/v1/audio/speech', '{"model":"drawing","voice":"ash"}', 'input'], ['/v1/audio/speech', '{"model":"drawing","input":"x","speed":"fast"}', 'speed'],
      ['/v1/audio/transcriptions', '{"model":"drawing"}', 'file'],
    ]) {
      const response = await raw(path, 'drawing', body, headers ?? json)
      assert.equal(response.status, 400, path + body)
      assert.equal((await response.json()).error.param, field, path + body)
    }
    const form = new FormData()
    form.append('model', 'ear'); form.append('model', 'voice'); form.append('file', new Blob([wav(1)]), 'a.wav')
    const twice = await raw('/v1/audio/transcriptions', 'ear', form)
    assert.equal((await twice.json()).error.param, 'model')
    const empty = new FormData()
    empty.append('model', 'ear'); empty.append('file', new Blob([]), 'a.wav')
    assert.equal((await (await raw('/v1/audio/transcriptions', 'ear', empty)).json()).error.param, 'file')
    assert.equal((await raw('/v1/audio/transcriptions', 'ear', '--b\r\nbroken', { 'content-type': 'multipart/form-data; boundary=b' })).status, 400)
    const denied = await raw('/v1/images/generations', 'quotes', '{"model":"quotes","prompt":"x"}', json)
    assert.equal(denied.status, 503)
    assert.match((await denied.json()).error.message, /images/)
  },
  'upstream failures end in the right error and cost nothing unless billed': async () => {
    for (const [script, status] of [['[[status=500]]', 502], ['[[error-in-200]]', 502], ['[[cut-head]]', 502], ['[[status=400]]', 400]]) {
      const before = booked()
      const response = await raw('/v1/audio/speech', 'voice', JSON.stringify({ model: 'voice', input: script, voice: 'ash' }), { 'content-type': 'application/json' })
      assert.equal(response.status, status, script)
      assert.equal((await response.json()).error.millwright.origin, 'provider', script)
      await new Promise((done) => setTimeout(done, 20))
      assert.equal(booked(), before, script)
    }
    await assert.rejects(async () => collect(await sdk('painting').images.generate({ model: 'painting', prompt: '[[error-after=1]]', quality: 'low', stream: true, partial_images: 2 })))
    await exact(() => assert.rejects(async () => (await sdk('voice').audio.speech.create({ model: 'voice', input: 'x [[cut=2]]', voice: 'ash' })).arrayBuffer()))
  },
  'a budget binds the dearest that a request may become': async () => {
    const ask = (more) => raw('/v1/images/generations', 'poor', JSON.stringify({ model: 'poor', prompt: 'x', ...more }), { 'content-type': 'application/json' })
    assert.equal((await ask({})).status, 429)   // it may come out as hd, in the largest size
    assert.equal((await ask({ quality: 'standard', size: '1024x1024', n: 2 })).status, 429)
    assert.equal((await ask({ quality: 'standard', size: '1024x1024' })).status, 200)
    assert.equal((await ask({ quality: 'standard', size: '1024x1024' })).status, 429)
  },
  'who hangs up pays for what was asked': async () => {
    await exact(async () => {
      const control = new AbortController()
      const response = await fetch(factory.url + '/v1/audio/speech', { method: 'POST', signal: control.signal, headers: { authorization: `Bearer ${keys.voice}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'voice', input: 'slow [[interval=300]]', voice: 'ash' }) })
      await response.body.getReader().read()
      control.abort()
      for (let i = 0; i < 100 && rows()[0].status !== 'cancelled'; ++i) await new Promise((done) => setTimeout(done, 50))
      assert.equal(rows()[0].status, 'cancelled')
    })
  },
  'a dry run calls nobody': async () => {
    const before = await billed()
    const response = await raw('/v1/images/generations', 'drawing', '{"model":"drawing","prompt":"x","quality":"hd","size":"1024x1024"}', { 'content-type': 'application/json', 'x-millwright-dry-run': '1' })
    assert.equal((await response.json()).models[0].worst_case_usd, '0.08')
    assert.equal(await billed(), before)
  },
  'a clean stop ends with 0': async () => {
    assert.ok(key)
    assert.deepEqual(await factory.stop(), { code: 0, signal: null })
    await provider.stop()
    factory.cleanUp()
  },
})

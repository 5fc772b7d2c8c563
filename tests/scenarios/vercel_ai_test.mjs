// The Vercel AI SDK, unmodified, with its providers for OpenAI (chat and responses), OpenAI-compatible servers and
// Anthropic: text, streams, tools, structured output, embeddings, errors, retries, and a caller who leaves.
import assert from 'node:assert/strict'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, Output, embedMany, generateText, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url, { useCase: 'aliases: ["Vendor/Model-4"]' }))
await factory.serve()
const apiKey = factory.key('desk')
let requests = 0
const counted = (...args) => { ++requests; return fetch(...args) }
const settings = { apiKey, fetch: counted }
const openai = createOpenAI({ ...settings, baseURL: factory.url + '/v1' })
const compatible = createOpenAICompatible({ ...settings, name: 'millwright', baseURL: factory.url + '/v1', includeUsage: true })
const anthropic = createAnthropic({ ...settings, baseURL: factory.url + '/v1' })
const models = {
  'openai chat': openai.chat('desk'),
  'openai responses': openai.responses('desk'),
  'openai-compatible': compatible('desk'),
  anthropic: anthropic('desk'),
}
const lookup = tool({ description: 'Weather of a city.', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `rain in ${city}` })
const brief = { maxOutputTokens: 50 }

/** One check for each kind of model. */
function each(name, check) {
  return Object.fromEntries(Object.entries(models).map(([kind, model]) => [`${kind}: ${name}`, () => check(model, kind)]))
}
async function settled(status) {
  for (let i = 0; i < 100; ++i) {
    if (factory.json('trace', 'list', '--status', status).items?.length) return
    await new Promise((done) => setTimeout(done, 50))
  }
  assert.fail(`no ${status} call in the ledger`)
}

await run({
  ...each('text with usage', async (model) => {
    const answer = await generateText({ model, prompt: 'hello [[tokens=6]]', ...brief })
    assert.equal(answer.text, 'the answer is in your manual')
    assert.equal(answer.finishReason, 'stop')
    assert.equal(answer.usage.outputTokens, 6)
    assert.ok(answer.usage.inputTokens > 0)
  }),
  ...each('a stream gives the same text, in pieces', async (model) => {
    const answer = streamText({ model, prompt: 'hello [[tokens=20]]', ...brief })
    const pieces = []
    for await (const piece of answer.textStream) pieces.push(piece)
    assert.ok(pieces.length > 5)
    assert.equal(pieces.join(''), (await generateText({ model, prompt: 'hello [[tokens=20]]', ...brief })).text)
    assert.equal(await answer.finishReason, 'stop')
    assert.equal((await answer.usage).outputTokens, 20)
  }),
  ...each('parallel tool calls, whole and streamed', async (model) => {
    const request = { model, prompt: 'weather [[tool=2]]', tools: { lookup }, ...brief }
    const whole = await generateText(request)
    assert.equal(whole.finishReason, 'tool-calls')
    assert.deepEqual(whole.toolCalls.map((call) => call.input), [{ city: 'Bern' }, { city: 'Oslo' }])
    assert.deepEqual(whole.toolResults.map((result) => result.output), ['rain in Bern', 'rain in Oslo'])
    const streamed = streamText(request)
    assert.deepEqual((await streamed.toolCalls).map((call) => call.input), [{ city: 'Bern' }, { city: 'Oslo' }])
    assert.equal(await streamed.finishReason, 'tool-calls')
  }),
  ...each('results of tools go back', async (model) => {
    const answer = await generateText({
      model, tools: { lookup }, ...brief, stopWhen: stepCountIs(2),
      prompt: 'weather [[tool=2]]',
      prepareStep: ({ stepNumber, messages }) => stepNumber === 0 ? {} : { messages: [...messages, { role: 'user', content: 'and now [[tokens=4]]' }] },
    })
    assert.equal(answer.steps.length, 2)
    assert.equal(answer.text, 'the answer is in')
  }),
  ...each('structured output', async (model) => {
    const answer = await generateText({
      model, ...brief, prompt: 'where [[say={"city":"Bern","population":134000}]]',
      providerOptions: { anthropic: { structuredOutputMode: 'outputFormat' } },
      output: Output.object({ schema: z.object({ city: z.string(), population: z.number() }) }),
    })
    assert.deepEqual(answer.output, { city: 'Bern', population: 134000 })
  }),
  ...each('an error of the request is not tried again and names what is wrong', async (model) => {
    requests = 0
    await assert.rejects(generateText({ model, prompt: 'x [[status=400]]', ...brief }), (error) => {
      assert.ok(APICallError.isInstance(error), error.stack)
      assert.equal(error.statusCode, 400)
      assert.match(error.message, /scripted failure 400/)
      return true
    })
    assert.equal(requests, 1)
  }),
  ...each('a failure that passes is tried again', async (model, kind) => {
    const before = (await provider.bill()).calls
    const answer = await generateText({ model, prompt: `again ${kind} [[fail-times=2]] [[status=503]]`, ...brief })
    assert.ok(answer.text)
    assert.equal((await provider.bill()).calls, before + 1)
  }),
  ...each('a broken stream is an error, never a short answer', async (model) => {
    const errors = []
    const answer = streamText({ model, prompt: 'x [[tokens=12]] [[cut=4]]', maxRetries: 0, onError: ({ error }) => { errors.push(error) }, ...brief })
    await answer.consumeStream()
    assert.ok(errors.length > 0)
  }),
  ...each('a caller who leaves', async (model) => {
    const leaving = new AbortController()
    const answer = generateText({ model, prompt: 'slow [[delay=3000]]', abortSignal: leaving.signal, maxRetries: 0, ...brief })
    setTimeout(() => leaving.abort(), 200)
    await assert.rejects(answer, { name: 'AbortError' })
    await settled('cancelled')
  }),
  'openai responses: what was said before is sent as references, and understood': async () => {
    const model = models['openai responses']
    const first = await generateText({ model, prompt: 'hello [[tokens=3]]', ...brief })
    const messages = [{ role: 'user', content: 'hello' }, ...first.response.messages, { role: 'user', content: 'and now [[show=messages]]' }]
    const shown = JSON.parse((await generateText({ model, messages, ...brief })).text)
    assert.deepEqual(shown.map((message) => message.role), ['user', 'assistant', 'user'])
    assert.equal(shown[1].content, 'the answer is')
  },
  'embeddings, in order': async () => {
    for (const model of [openai.embeddingModel('desk'), compatible.embeddingModel('desk')]) {
      const answer = await embedMany({ model, values: ['one', 'two', 'three'] })
      assert.equal(answer.embeddings.length, 3)
      assert.ok(answer.embeddings.every((vector) => vector.length > 0 && vector.every(Number.isFinite)))
      assert.ok(answer.usage.tokens > 0)
    }
  },
  'another name of the use case': async () => {
    const answer = await generateText({ model: openai.chat('Vendor/Model-4'), prompt: 'hello [[tokens=2]]', ...brief })
    assert.equal(answer.text, 'the answer')
  },
  'a wrong key': async () => {
    const wrong = createOpenAI({ apiKey: 'mw_wrong', baseURL: factory.url + '/v1' })
    await assert.rejects(generateText({ model: wrong.chat('desk'), prompt: 'hello' }), (error) => error.statusCode === 401)
  },
})

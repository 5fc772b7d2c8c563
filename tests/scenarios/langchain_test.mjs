// LangChain, unmodified, with its packages for OpenAI (chat and responses) and Anthropic: messages, streams, tools,
// structured output, embeddings, errors, retries, and a caller who leaves.
import assert from 'node:assert/strict'
import { ChatAnthropic } from '@langchain/anthropic'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { z } from 'zod'
import { Factory, Provider, deskConfig, run } from './support.mjs'

const provider = await Provider.start()
const factory = new Factory(deskConfig(provider.url))
await factory.serve()
const apiKey = factory.key('desk')
const openai = (more = {}) => new ChatOpenAI({ model: 'desk', apiKey, maxTokens: 50, maxRetries: 2, configuration: { baseURL: factory.url + '/v1' }, ...more })
const kinds = {
  openai,
  responses: (more = {}) => openai({ useResponsesApi: true, ...more }),
  anthropic: (more = {}) => new ChatAnthropic({ model: 'desk', apiKey, anthropicApiUrl: factory.url, maxTokens: 50, maxRetries: 2, ...more }),
}
const lookup = tool(async ({ city }) => `rain in ${city}`, { name: 'lookup', description: 'Weather of a city.', schema: z.object({ city: z.string() }) })
const each = (name, check) => Object.fromEntries(Object.entries(kinds).map(([kind, make]) => [`${kind}: ${name}`, () => check(make, kind)]))

await run({
  ...each('an answer with usage', async (make) => {
    const answer = await make().invoke('hello [[tokens=6]]')
    assert.equal(answer.text, 'the answer is in your manual')
    assert.equal(answer.usage_metadata.output_tokens, 6)
    assert.ok(answer.usage_metadata.input_tokens > 0)
  }),
  ...each('a stream adds up to the same answer', async (make) => {
    let whole
    let pieces = 0
    for await (const chunk of await make().stream('hello [[tokens=20]]')) {
      ++pieces
      whole = whole ? whole.concat(chunk) : chunk
    }
    assert.ok(pieces > 5)
    assert.equal(whole.text, (await make().invoke('hello [[tokens=20]]')).text)
    assert.equal(whole.usage_metadata.output_tokens, 20)
  }),
  ...each('parallel tool calls, whole and streamed, and their results', async (make) => {
    const model = make().bindTools([lookup])
    const cities = (message) => message.tool_calls.map((call) => call.args.city)
    const question = new HumanMessage('weather [[tool=2]]')
    const whole = await model.invoke([question])
    assert.deepEqual(cities(whole), ['Bern', 'Oslo'])
    let streamed
    for await (const chunk of await model.stream([question])) streamed = streamed ? streamed.concat(chunk) : chunk
    assert.deepEqual(cities(streamed), ['Bern', 'Oslo'])
    const results = await Promise.all(whole.tool_calls.map((call) => lookup.invoke(call)))
    assert.ok(results.every((result) => result instanceof ToolMessage))
    const answer = await model.invoke([question, whole, ...results, new HumanMessage('and now [[tokens=4]]')])
    assert.equal(answer.text, 'the answer is in')
  }),
  ...each('structured output by JSON Schema', async (make, kind) => {
    if (kind === 'anthropic') return
    const model = make().withStructuredOutput(z.object({ city: z.string() }), { name: 'place', method: 'jsonSchema' })
    assert.deepEqual(await model.invoke('where [[say={"city":"Bern"}]]'), { city: 'Bern' })
  }),
  ...each('structured output by a tool', async (make) => {
    const model = make().withStructuredOutput(z.object({ city: z.string() }), { name: 'lookup', method: 'functionCalling' })
    assert.deepEqual(await model.invoke('where [[tool]]'), { city: 'Bern' })
  }),
  ...each('an error of the request is thrown at once', async (make) => {
    await assert.rejects(make().invoke('x [[status=400]]'), (error) => {
      assert.equal(error.status, 400)
      assert.match(error.message, /scripted failure 400/)
      return true
    })
  }),
  ...each('a failure that passes is tried again and costs once', async (make, kind) => {
    const before = (await provider.bill()).calls
    assert.ok((await make().invoke(`again ${kind} [[fail-times=2]] [[status=503]]`)).text)
    assert.equal((await provider.bill()).calls, before + 1)
  }),
  ...each('a broken stream throws', async (make, kind) => {
    if (kind === 'responses') {
      // LangChain passes over response.failed: such an answer has neither usage nor a status of completion.
      let whole
      for await (const chunk of await make({ maxRetries: 0 }).stream('x [[tokens=12]] [[cut=4]]')) whole = whole ? whole.concat(chunk) : chunk
      assert.equal(whole.usage_metadata, undefined)
      assert.notEqual(whole.response_metadata.status, 'completed')
      return
    }
    await assert.rejects(async () => { for await (const chunk of await make({ maxRetries: 0 }).stream('x [[tokens=12]] [[cut=4]]')) void chunk })
  }),
  ...each('a caller who leaves', async (make) => {
    const leaving = new AbortController()
    setTimeout(() => leaving.abort(), 200)
    await assert.rejects(make({ maxRetries: 0 }).invoke('slow [[delay=3000]]', { signal: leaving.signal }))
    for (let i = 0; i < 100; ++i) {
      if (factory.json('trace', 'list', '--status', 'cancelled').items?.length) return
      await new Promise((done) => setTimeout(done, 50))
    }
    assert.fail('no cancelled call in the ledger')
  }),
  'embeddings, of many texts and of one': async () => {
    const embeddings = new OpenAIEmbeddings({ model: 'desk', apiKey, configuration: { baseURL: factory.url + '/v1' } })
    const many = await embeddings.embedDocuments(['one', 'two', 'three'])
    assert.equal(many.length, 3)
    assert.ok(many.every((vector) => vector.length > 0 && vector.every(Number.isFinite)))
    assert.equal((await embeddings.embedQuery('one')).length, many[0].length)
  },
  'a batch of prompts': async () => {
    const answers = await openai().batch(['a [[tokens=1]]', 'b [[tokens=2]]', 'c [[tokens=3]]'])
    assert.deepEqual(answers.map((answer) => answer.text), ['the', 'the answer', 'the answer is'])
  },
  'a wrong key': async () => {
    await assert.rejects(openai({ apiKey: 'mw_wrong', maxRetries: 0 }).invoke('hello'), (error) => error.status === 401)
  },
})

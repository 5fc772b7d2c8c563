import { describe, expect, it } from 'vitest';
import { ask } from './ask';

const question = { useCase: 'help desk', text: 'How?', groups: [] };
const signal = new AbortController().signal;

function answering(body: string, type: string, status = 200) {
  const seen: { url: string; init: RequestInit }[] = [];
  const send = (async (url: string, init: RequestInit) => {
    seen.push({ url, init });
    return new Response(body, { status, headers: { 'content-type': type, 'x-request-id': 'r1' } });
  }) as typeof fetch;
  return { send, seen };
}

describe('ask', () => {
  it('takes a JSON answer', async () => {
    const { send, seen } = answering('{"trace":"t1","text":"So."}', 'application/json');
    expect(await ask(question, () => undefined, signal, send)).toMatchObject({ trace: 't1' });
    expect(seen[0]?.url).toBe('/api/v1/use-cases/help%20desk/ask');
    expect(JSON.parse(String(seen[0]?.init.body))).toEqual({ question: 'How?', stream: true });
  });

  it('takes a stream', async () => {
    const stream =
      'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n' +
      'data: {"choices":[{"delta":{"content":"So"}}]}\n\ndata: {"choices":[{"delta":{"content":"."}}]}\n\n' +
      'data: {"choices":[],"usage":{}}\n\nevent: answer\ndata: {"trace":"t2"}\n\n';
    let text = '';
    const answer = await ask(question, (piece) => (text += piece), signal, answering(stream, 'text/event-stream').send);
    expect([text, answer.trace]).toEqual(['So.', 't2']);
  });

  it.each([
    ['a problem', '{"title":"No","status":403}', 'application/problem+json', 403, { status: 403, requestId: 'r1' }],
    ['a page of a proxy', '<html>', 'text/html', 502, { status: 502, requestId: 'r1' }],
    ['a stream that breaks off', 'data: {"choices":[{"delta":{"content":"So"}}]}\n\n', 'text/event-stream', 200, { title: 'The answer broke off' }],
  ])('throws a problem for %s', async (_name, body, type, status, problem) => {
    const { send } = answering(body, type, status);
    await expect(ask(question, () => undefined, signal, send)).rejects.toMatchObject(problem);
  });
});

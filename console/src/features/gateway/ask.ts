// Asks a use case. The answer may come as one JSON document or as a stream of server-sent events: chunks in the shape of
// /v1/chat/completions, then `answer` with the whole Answer.
import { type Schema, mutationHeaders, onUnauthenticated } from '@/shared/api';
import { Problem, toProblem } from '@/shared/problem';
import { readEvents } from '@/shared/sse';

export type Answer = Schema['Answer'];

export interface Question {
  useCase: string;
  text: string;
  groups: string[];
}

export async function ask(
  question: Question,
  onText: (piece: string) => void,
  signal: AbortSignal,
  send: typeof fetch = fetch,
): Promise<Answer> {
  const body = {
    question: question.text,
    stream: true,
    ...(question.groups.length > 0 ? { groups: question.groups } : {}),
  };
  let response: Response;
  try {
    response = await send(`/api/v1/use-cases/${encodeURIComponent(question.useCase)}/ask`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { ...mutationHeaders(), 'content-type': 'application/json', accept: 'text/event-stream, application/json' },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    throw toProblem(error);
  }
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (!response.ok) {
    if (response.status === 401) onUnauthenticated();
    throw new Problem(response.status, await response.json().catch(() => undefined), requestId);
  }
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return (await response.json()) as Answer;
  if (!response.body) throw new Problem(0, { title: 'The stream has no body' }, requestId);
  return readAnswer(response.body, onText, requestId);
}

async function readAnswer(body: ReadableStream<Uint8Array>, onText: (piece: string) => void, requestId?: string) {
  let answer: Answer | undefined;
  for await (const { event, data } of readEvents(body)) {
    if (data === '[DONE]') break;
    if (event === 'message') onText(textOf(JSON.parse(data) as Chunk));
    else if (event === 'answer') answer = JSON.parse(data) as Answer;
  }
  if (!answer) throw new Problem(0, { title: 'The answer broke off', detail: 'The stream ended before the whole answer had come.' }, requestId);
  return answer;
}

interface Chunk {
  choices?: { delta?: { content?: string | null } }[];
}

/** Chunks may carry no text: a role, an error, usage. What went wrong stands in the answer at the end. */
function textOf(chunk: Chunk): string {
  return chunk.choices?.[0]?.delta?.content ?? '';
}

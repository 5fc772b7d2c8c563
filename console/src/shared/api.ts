// The typed client of the control API. Every answer that is no success becomes a thrown Problem.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './api-types';
import { Problem, toProblem } from './problem';

export type Schema = components['schemas'];

/** Set by whoever reads the session; every change of state on the server carries it. */
let csrfToken = '';
export function setCsrfToken(token: string) {
  csrfToken = token;
}

const signedOut = new EventTarget();
/** Calls `listener` whenever the server no longer knows the session. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.addEventListener('signed-out', listener);
  return () => signedOut.removeEventListener('signed-out', listener);
}

/** For calls beside the typed client. */
export function onUnauthenticated() {
  signedOut.dispatchEvent(new Event('signed-out'));
}

export function mutationHeaders(): Record<string, string> {
  return { 'x-csrf-token': csrfToken, 'idempotency-key': crypto.randomUUID?.() ?? fallbackKey() };
}

/** randomUUID exists in secure contexts only, and a factory may be visited over plain HTTP inside a company. */
function fallbackKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const session: Middleware = {
  onRequest({ request }) {
    if (request.method === 'GET') return request;
    for (const [name, value] of Object.entries(mutationHeaders())) request.headers.set(name, value);
    return request;
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== '/api/v1/session') onUnauthenticated();
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', credentials: 'same-origin' });
api.use(session);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a success, or a thrown Problem: `await answerOf(api.GET('/api/v1/home'))`. */
export async function answerOf<T>(pending: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch (error) {
    throw toProblem(error);
  }
  if (!answer.response.ok) {
    throw new Problem(answer.response.status, answer.error, answer.response.headers.get('x-request-id') ?? undefined);
  }
  return answer.data as T;
}

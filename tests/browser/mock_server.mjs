// A stand-in for the server: the built console with the same headers, and canned answers that are checked against the
// API document. `node mock_server.mjs [PORT]` serves it by hand; the journey starts it when no MILLWRIGHT_URL is given.
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answer, answers } from './mock_data.mjs';
import { makeChecker } from './schema_check.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = process.env.CONSOLE_OUT ?? join(root, 'console/dist');
const types = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

export function startMockServer(port = 0) {
  const checkAnswer = makeChecker(JSON.parse(readFileSync(join(root, 'src/api/openapi.json'), 'utf8')));
  const state = { needsSetup: true, session: null, faults: [], token: randomBytes(16).toString('hex') };

  function send(response, method, path, status, body) {
    const requestId = randomUUID().replaceAll('-', '');
    if (status >= 400) body = { type: 'about:blank', status, detail: body.title, code: 'mock', request_id: requestId, ...body };
    if (status !== 204) state.faults.push(...checkAnswer(method, path, status, body).map((fault) => `${method} ${path}: ${fault}`));
    const type = status >= 400 ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'content-type': type, 'x-request-id': requestId, 'cache-control': 'no-store' });
    response.end(status === 204 ? undefined : JSON.stringify(body));
  }

  const signIn = (response, path, name) => {
    state.needsSetup = false;
    state.session = { user: name, role: 'admin', groups: [], team: 'it', csrf_token: randomUUID(), expires_at: null, is_local: false };
    response.setHeader('set-cookie', 'mw_session=mock; HttpOnly; SameSite=Strict; Path=/');
    send(response, 'POST', path, 201, state.session);
  };

  async function handleApi(request, response, path) {
    const { method } = request;
    const body = await readJson(request);
    const reply = (status, value) => send(response, method, path, status, value);
    if (path === '/api/v1/setup' && method === 'GET') return reply(200, { needs_setup: state.needsSetup, version: '0.1.0' });
    if (path === '/api/v1/setup') {
      if (body.token !== state.token) return reply(403, { title: 'The link is used up or wrong', fix: 'millwright setup-link' });
      return signIn(response, path, body.email ?? body.name);
    }
    if (path === '/api/v1/session' && method === 'POST') return signIn(response, path, body.name);
    if (!state.session) return reply(401, { title: 'Nobody is signed in' });
    if (path === '/api/v1/session' && method === 'GET') return reply(200, state.session);
    if (method !== 'GET' && request.headers['x-csrf-token'] !== state.session.csrf_token) return reply(403, { title: 'The CSRF token is missing' });
    if (path === '/api/v1/session') {
      state.session = null;
      return reply(204);
    }
    if (path.endsWith('/ask')) return streamAnswer(response, state.faults, checkAnswer, path);
    if (path === '/api/v1/feedback') return reply(201, { trace: body.trace, score: body.score, comment: body.comment ?? '' });
    const found = method === 'GET' ? findAnswer(path) : undefined;
    return found ? reply(200, found) : reply(404, { title: `The mock does not answer ${method} ${path}` });
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://mock');
    if (pathname.startsWith('/api/')) return void handleApi(request, response, decodeURIComponent(pathname));
    return serveConsole(response, pathname);
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${server.address().port}`;
      resolve({ url, setupLink: `${url}/setup?token=${state.token}`, faults: state.faults, close: () => server.close() });
    });
  });
}

function findAnswer(path) {
  for (const [template, found] of Object.entries(answers)) {
    if (!new RegExp(`^${template.replaceAll('*', '[^/]+')}$`).test(path)) continue;
    return typeof found === 'function' ? found(path.split('/').at(-1)) : found;
  }
  return undefined;
}

async function readJson(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return pieces.length > 0 ? JSON.parse(Buffer.concat(pieces).toString()) : {};
}

function streamAnswer(response, faults, checkAnswer, path) {
  faults.push(...checkAnswer('POST', path, 200, answer).map((fault) => `POST ${path}: ${fault}`));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  for (const piece of answer.text.split(/(?<= )/)) response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: piece } }] })}\n\n`);
  response.end(`event: answer\ndata: ${JSON.stringify(answer)}\n\n`);
}

function serveConsole(response, pathname) {
  const file = join(dist, pathname);
  response.setHeader('x-content-type-options', 'nosniff');
  if (types[extname(pathname)]) {
    if (!existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': types[extname(pathname)] }).end(readFileSync(file));
  }
  const nonce = randomBytes(18).toString('base64');
  const policy =
    `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; ` +
    "connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'content-security-policy': policy });
  return response.end(readFileSync(join(dist, 'index.html'), 'utf8').replaceAll('__CSP_NONCE__', nonce));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { setupLink } = await startMockServer(Number(process.argv[2] ?? 0));
  console.log(setupLink);
}

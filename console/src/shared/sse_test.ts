import { describe, expect, it } from 'vitest';
import { SseParser, readEvents } from './sse';

const stream = ': hello\nevent: delta\ndata: {"a":1}\n\ndata: one\r\ndata: two\r\n\r\ndata\n\nevent: lost\n\ndata: open';
const events = [
  { event: 'delta', data: '{"a":1}' },
  { event: 'message', data: 'one\ntwo' },
  { event: 'message', data: '' },
];

describe('SseParser', () => {
  it.each([1, 2, 3, 7, 1000])('gives the same events in pieces of %i', (size) => {
    const parser = new SseParser();
    const seen = [];
    for (let i = 0; i < stream.length; i += size) seen.push(...parser.push(stream.slice(i, i + size)));
    expect(seen).toEqual(events);
  });
});

describe('readEvents', () => {
  it('joins a character cut between chunks', async () => {
    const bytes = new TextEncoder().encode('data: café\n\n');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const seen = [];
    for await (const event of readEvents(body)) seen.push(event.data);
    expect(seen).toEqual(['café']);
  });
});

import { expect, it } from 'vitest';
import { cliLine, curlLine, shellQuote } from './commands';

it.each([
  ['helpdesk', 'helpdesk'],
  ['', "''"],
  ['two words', "'two words'"],
  ["it's $HOME", `'it'\\''s $HOME'`],
  ['a;rm -rf /', "'a;rm -rf /'"],
])('quotes %j', (word, quoted) => expect(shellQuote(word)).toBe(quoted));

it('makes a command', () => expect(cliLine('chat', 'helpdesk', 'How?')).toBe("millwright chat helpdesk 'How?'"));

it('makes a curl line', () =>
  expect(curlLine('POST', '/api/v1/x', { a: "it's" }, 'http://h:1')).toBe(
    `curl -X POST http://h:1/api/v1/x \\\n  -H "authorization: Bearer $MILLWRIGHT_TOKEN" \\\n` +
      `  -H 'content-type: application/json' \\\n  -d '{"a":"it'\\''s"}'`,
  ));

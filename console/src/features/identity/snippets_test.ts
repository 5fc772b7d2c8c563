import { expect, it } from 'vitest';
import { snippetsFor } from './snippets';

it.each(['helpdesk', `o'hare "x"`])('names %s in every language', (useCase) => {
  const snippets = snippetsFor(useCase, 'https://ai.example.org');
  expect(snippets.map((snippet) => snippet.name)).toEqual(['curl', 'Node.js', 'Python', 'PowerShell']);
  for (const { text } of snippets) expect(text).toContain('https://ai.example.org/v1');
  const [curl = '', node = '', , shell = ''] = snippets.map((snippet) => snippet.text);
  const body = /-d '(.*)'$/.exec(curl)?.[1]?.replaceAll(`'\\''`, "'") ?? '';
  expect(JSON.parse(body).model).toBe(useCase);
  expect(node).toContain(`model: ${JSON.stringify(useCase)},`);
  expect(shell).toContain(`model = '${useCase.replaceAll("'", "''")}'`);
});

// The same action on the command line and with curl: texts to copy.

/** A shell word, quoted only where needed. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function cliLine(...words: string[]): string {
  return ['millwright', ...words.map(shellQuote)].join(' ');
}

export function curlLine(method: string, path: string, body?: unknown, origin = globalThis.location.origin): string {
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${shellQuote(origin + path)}`];
  lines.push(`  -H "authorization: Bearer $MILLWRIGHT_TOKEN"`);
  if (body !== undefined) {
    lines.push(`  -H 'content-type: application/json'`, `  -d ${shellQuote(JSON.stringify(body))}`);
  }
  return lines.join(' \\\n');
}

// Cuts an answer at its citation marks: "see [2]" → text, mark 2.

export type Piece = { text: string } | { number: number };

/** Only numbers that are cited become marks: "[3]" of a shell prompt stays text. */
export function cutAtCitations(text: string, numbers: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(/\[(\d{1,3})\]/g)) {
    const number = Number(match[1]);
    if (!numbers.has(number)) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ number });
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

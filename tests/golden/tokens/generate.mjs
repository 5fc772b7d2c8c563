// Writes encodings.jsonl, the strings that base/tokens is held against, with what the npm package tiktoken makes of them:
//   (cd tools/tokenisers && npm ci) && node tests/golden/tokens/generate.mjs > tests/golden/tokens/encodings.jsonl
// A line: {"text", "o200k": count, "cl100k": count, "o200k_sum", "cl100k_sum"}; a sum is Σ (index + 1) · rank mod 2^32.
// The strings are words, scripts, code, numbers, white space, emoji, marks and random code points in random order.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../tools/tokenisers/package.json', import.meta.url));
const { get_encoding } = require('tiktoken');
const encodings = { o200k: get_encoding('o200k_base'), cl100k: get_encoding('cl100k_base') };

let state = 0x2545f491;
const random = (limit) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
};
const pick = (list) => list[random(list.length)];

const sentences = [
  'The quarterly invoice for user 4711 was rejected because the VAT number didn\'t match; they\'ll resend it on 2026-03-14.',
  'Die Rechnung über 1.234,56 € wurde abgelehnt, weil die Straße „Große Bleichen“ fehlte – bitte prüfen!',
  'L\'été dernier, l\'équipe n\'avait pas encore reçu la clé d\'accès ; c\'était gênant, n\'est-ce pas ?',
  'El año pasado ¿cuántos servidores fallaron en la región de Málaga? ¡Ninguno!',
  'Zażółć gęślą jaźń, a potem uruchom ponownie usługę.', 'Příliš žluťoučký kůň úpěl ďábelské ódy.',
  'Съешь же ещё этих мягких французских булок, да выпей чаю.', 'Η γρήγορη καφέ αλεπού πηδάει πάνω από το σκύλο.',
  'نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر.', 'דג סקרן שט בים מאוכזב ולפתע מצא חברה.',
  'प्रत्येक उपयोगकर्ता को अपना पासवर्ड बदलना होगा।', 'ผู้ใช้ต้องเปลี่ยนรหัสผ่านทุกสามเดือน', '我们的服务器昨天晚上突然停止响应,请尽快检查日志。',
  '昨日の夜、サーバーが突然応答しなくなりました。ログを確認してください。', '어젯밤 서버가 갑자기 응답을 멈췄습니다. 로그를 확인하세요.',
  'Tiếng Việt có nhiều dấu thanh: à á ả ã ạ, và cả ữ nữa.', 'İstanbul\'da ığdır İĞDIR ılık ŞEKER', 'ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ⴰⵎⴰⵣⵉⵖ ქართული ԵՐԵՎԱՆ հայերեն',
  'function f(x: number): string { return `${x * 2}`; } // TODO: check\n', 'SELECT id, name FROM users WHERE created_at >= \'2026-01-01\' ORDER BY 2 DESC;\r\n',
  '#include <vector>\n\nint main() {\n\tstd::vector<int> v{1, 2, 3};\n\treturn v.size() == 3 ? 0 : 1;\n}\n', '{"key": [1, 2.5e-10, null, true], "nested": {"a\\n": "\\u00e9"}}',
  'https://example.com/a/b/c?x=1&y=%20#frag', 'user@example.org +49 (0)30 1234567 192.168.0.1 fe80::1', '```python\ndef f():\n    return [i**2 for i in range(10)]\n```',
  'HTTPServerError XMLHttpRequest iPhone eBay McDonald\'S O\'Neill\'LL WE\'RE I\'VE he\'d IT\'S x\'ſ \'ſ ſ\'Re',
];
const scraps = [' ', '  ', '   ', '\n', '\r\n', '\n\n', '\t', ' \n ', '\n   ', '\u00a0', '\u2003', '\u3000', '\u0085', '\u200b', '\ufeff', '\u2028', '\v', '\f', '\u001c',
  '\'s', '\'S', '\'t', '\'re', '\'RE', '\'ve', '\'m', '\'ll', '\'d', '\'ſ', '\'', '’s', '"', '/', '//', '/\n', '\n/', '!\n', '!!\r\n/', '...', '--', '==', '=>', '{}', '();', '</p>', '$', '€', '™', '§',
  '1', '12', '123', '1234', '12345678', '٣', '四', '½', 'Ⅷ', '²', '१२३४', '0x1F', 'é', 'e\u0301', '\u0301', '\u0301\u0302', '\u0e33', 'ß', 'ẞ', 'ǅ', 'ʰ', 'ª', 'ー', '々', 'ا', 'ـ', '\u200d',
  '😀', '👩‍👩‍👧‍👦', '🇩🇪', '👍🏽', '❤️', '\u{1f9ff}', '\u{20000}', '\u{10ffff}', '\ufffd', '\ue000', '\u0000', '\u0007', '<|endoftext|>', '<|im_start|>',
  'a', 'A', 'aA', 'Aa', 'ABC', 'ABc', 'abC', 'aaaaaaaa', 'AAAAAAAAAA', 'foo_bar', 'fooBar', 'FooBAR', ' the', ' The', ' THE', 'ing', '中', '中A', 'A中', 'aあA', 'Ж', 'жЖ'];
const ranges = [[0x20, 0x7f], [0xa0, 0x24f], [0x250, 0x36f], [0x370, 0x52f], [0x590, 0x6ff], [0x900, 0xdff], [0xe00, 0xeff], [0x1100, 0x13ff], [0x1e00, 0x20cf],
  [0x2100, 0x27bf], [0x3000, 0x30ff], [0x4e00, 0x9fff], [0xac00, 0xd7a3], [0xfb00, 0xfdff], [0x1f300, 0x1f64f], [0x10000, 0x1054f]];

const texts = new Set(['', ...sentences, ...scraps]);
for (let i = 0; i < 1200; i += 1) {
  let text = '';
  for (let n = 1 + random(10); n > 0; n -= 1) text += pick(scraps);
  texts.add(text);
}
for (let i = 0; i < 700; i += 1) {
  let text = '';
  for (let n = 1 + random(6); n > 0; n -= 1) text += (random(3) ? pick(pick(sentences).split(' ')) : pick(scraps)) + (random(2) ? ' ' : '');
  texts.add(text);
}
for (let i = 0; i < 500; i += 1) {
  let text = '';
  for (let n = 1 + random(12); n > 0; n -= 1) {
    const [from, to] = pick(ranges);
    text += String.fromCodePoint(from + random(to - from)) + (random(4) ? '' : ' ');
  }
  texts.add(text);
}
// Long runs of one character or few: pieces of many bytes.
for (const unit of ['a', 'A', 'ab', ' ', '\n', '\t ', '=', '-', '中', 'é', '😀', '\u0301', 'zq', '7', '.\n', 'Aa', 'ж', 'ا'])
  for (const times of [7, 33, 64, 97, 130, 257]) texts.add(unit.repeat(times));

const sum = (tokens) => tokens.reduce((total, rank, i) => (total + (i + 1) * rank) % 4294967296, 0);
for (const text of texts) {
  const o200k = encodings.o200k.encode_ordinary(text);
  const cl100k = encodings.cl100k.encode_ordinary(text);
  console.log(JSON.stringify({ text, o200k: o200k.length, cl100k: cl100k.length, o200k_sum: sum(o200k), cl100k_sum: sum(cl100k) }));
}

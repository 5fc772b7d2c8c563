// Writes src/extensions/guardrails/phone_regions.cpp from the metadata of the npm package libphonenumber-js:
//   npm pack libphonenumber-js && tar xzf libphonenumber-js-*.tgz
//   node tools/generate_phone_regions.mjs package > src/extensions/guardrails/phone_regions.cpp
// Kept per region: calling code, trunk prefix, the lengths and the general pattern of national numbers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const metadata = JSON.parse(readFileSync(join(folder, 'metadata.min.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

// Territories that share the calling code and the numbering plan of a larger neighbour add nothing here.
const own = new Set(Object.values(metadata.country_calling_codes).map((regions) => regions[0]));
const rows = [];
for (const [name, region] of Object.entries(metadata.countries)) {
  if (!own.has(name) && name !== 'CA' && name !== 'KZ') continue;
  const [code, , pattern, lengths, , trunk] = region;
  const mask = lengths.reduce((sum, length) => sum | (1 << length), 0);
  rows.push(`{"${name}", "${code}", "${trunk || ''}", 0x${mask.toString(16)}, R"(${pattern})"},`);
}

const lines = [];
let line = '   ';
for (const row of rows) {
  if (line.length + row.length > 118 && line !== '   ') {
    lines.push(line);
    line = '   ';
  }
  line += ` ${row}`;
}
lines.push(line);
// A raw string too long for a line is cut into adjacent ones.
const wrapped = lines.flatMap((text) => {
  const parts = [];
  let rest = text;
  while (rest.length > 118) {
    let cut = 108;
    while (!/[|)\]}]/.test(rest[cut - 1]) || /[?{]/.test(rest[cut])) cut -= 1;
    parts.push(`${rest.slice(0, cut)})"`);
    rest = `     R"(${rest.slice(cut)}`;
  }
  return [...parts, rest];
});

console.log(`// Numbering plans by region, made by tools/generate_phone_regions.mjs from libphonenumber-js ${version} (see NOTICE).
#include "extensions/guardrails/phone_regions.hpp"

#include <array>

namespace millwright::extensions {
namespace {

constexpr std::array<PhoneRegion, ${rows.length}> regions{{
${wrapped.join('\n')}
}};

}  // namespace

std::span<const PhoneRegion> phone_regions() { return regions; }

}  // namespace millwright::extensions`);

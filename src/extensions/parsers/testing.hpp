// Short forms of parsed documents for tests: one line a block.
#pragma once

#include <string>

#include "features/ingestion/parser.hpp"

namespace millwright::extensions::test {

/// "h1 Title", "p text", "li text", "table a | b", "code x", "quote q"; hidden blocks begin with "?".
inline std::string outline(const ingestion::ParsedDocument& document) {
  using ingestion::BlockKind;
  std::string out;
  for (const ingestion::Block& block : document.blocks) {
    if (block.is_hidden) out += '?';
    switch (block.kind) {
      case BlockKind::Heading: out += "h" + std::to_string(block.level); break;
      case BlockKind::Paragraph: out += "p"; break;
      case BlockKind::ListItem: out += "li"; break;
      case BlockKind::Table: out += "table"; break;
      case BlockKind::Code: out += "code"; break;
      case BlockKind::Quote: out += "quote"; break;
    }
    out += " " + block.text + "\n";
  }
  return out;
}

struct Story {
  const char* name;
  std::string input;
  std::string outline;
};

}  // namespace millwright::extensions::test

#include "features/retrieval/chunker.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/retrieval/text_pieces.hpp"

namespace millwright::retrieval {
namespace {

using ingestion::Block;
using ingestion::BlockKind;

constexpr std::size_t heading_bytes_max = 200;

std::string_view joint_text(Joint joint) {
  switch (joint) {
    case Joint::Space: return " ";
    case Joint::Line: return "\n";
    case Joint::Paragraph: return "\n\n";
  }
  return "\n\n";
}

/// Something that stays whole: a paragraph, a list item, a row, a line of code, or a sentence of what was too long.
struct Piece {
  std::string text;
  std::size_t words = 0;
  std::uint32_t page = 0;
  Joint joint = Joint::Paragraph;
};

/// Fills leaves greedily with pieces.
class Packer {
 public:
  explicit Packer(std::size_t words_max) : words_max_(words_max) {}

  void add(Piece piece) {
    if (!held_.empty() && words_ + piece.words > words_max_) close_before(piece);
    words_ += piece.words;
    held_.push_back(std::move(piece));
  }
  std::vector<Leaf> finish() {
    close();
    return std::move(leaves_);
  }

 private:
  /// Closes the leaf; a last line that announces what follows ("Do this:") goes along with it.
  void close_before(const Piece& next) {
    Piece announcement;
    const Piece& last = held_.back();
    const bool announces = held_.size() > 1 && last.text.ends_with(':') && last.words + next.words <= words_max_;
    if (announces) {
      announcement = std::move(held_.back());
      held_.pop_back();
    }
    close();
    if (announces) {
      words_ = announcement.words;
      held_.push_back(std::move(announcement));
    }
  }
  void close() {
    if (held_.empty()) return;
    Leaf leaf{.text = {}, .page = held_.front().page, .joint = held_.front().joint};
    for (const Piece& piece : held_) {
      if (!leaf.text.empty()) leaf.text += joint_text(piece.joint);
      leaf.text += piece.text;
    }
    leaves_.push_back(std::move(leaf));
    held_.clear();
    words_ = 0;
  }

  std::size_t words_max_;
  std::size_t words_ = 0;
  std::vector<Piece> held_;
  std::vector<Leaf> leaves_;
};

void add_sized(Packer& packer, std::string_view text, std::uint32_t page, Joint joint, std::size_t words_max) {
  if (const std::size_t words = count_words(text); words <= words_max) {
    packer.add({std::string(text), words, page, joint});
    return;
  }
  for (std::string_view part : split_by_size(text, words_max)) {
    packer.add({std::string(part), count_words(part), page, joint});
    joint = Joint::Space;
  }
}

void add_prose(Packer& packer, const Block& block, Joint joint, std::size_t words_max) {
  const std::string_view text = trimmed(block.text);
  if (count_words(text) <= words_max) {
    add_sized(packer, text, block.page, joint, words_max);
    return;
  }
  for (std::string_view sentence : split_sentences(text)) {
    add_sized(packer, sentence, block.page, joint, words_max);
    joint = Joint::Space;
  }
}

/// Code and tables are cut between lines. A table's first row, its header, is repeated where the table goes on.
void add_lines(Packer& packer, const Block& block, std::size_t words_max) {
  if (const std::size_t words = count_words(block.text); words <= words_max) {
    const std::string_view text = block.kind == BlockKind::Code ? std::string_view(block.text) : trimmed(block.text);
    packer.add({std::string(text), words, block.page, Joint::Paragraph});
    return;
  }
  const std::vector<std::string_view> lines = split_lines(block.text);
  const std::string_view header =
      block.kind == BlockKind::Table && count_words(lines.front()) * 4 <= words_max ? lines.front() : std::string_view();
  std::string part;
  Joint joint = Joint::Paragraph;
  auto close = [&] {
    if (!part.empty()) add_sized(packer, part, block.page, joint, words_max);
    joint = Joint::Line;
    part.clear();
  };
  for (std::string_view line : lines) {
    if (!part.empty() && count_words(part) + count_words(line) > words_max) {
      close();
      part = header;
    }
    if (!part.empty()) part += '\n';
    part += line;
  }
  close();
}

void add_block(Packer& packer, const Block& block, BlockKind before, std::size_t words_max) {
  switch (block.kind) {
    case BlockKind::Heading: return;
    case BlockKind::Code:
    case BlockKind::Table: return add_lines(packer, block, words_max);
    case BlockKind::ListItem:
      return add_prose(packer, block, before == BlockKind::ListItem ? Joint::Line : Joint::Paragraph, words_max);
    case BlockKind::Paragraph:
    case BlockKind::Quote: return add_prose(packer, block, Joint::Paragraph, words_max);
  }
}

/// The headings that stand above the current place.
class HeadingPath {
 public:
  void enter(const Block& heading) {
    while (!open_.empty() && open_.back().first >= heading.level) open_.pop_back();
    open_.emplace_back(heading.level, utf8_prefix(trimmed(heading.text), heading_bytes_max));
  }
  [[nodiscard]] std::string text() const {
    std::string path;
    for (const auto& [level, name] : open_) {
      if (name.empty()) continue;
      if (!path.empty()) path += " > ";
      path += name;
    }
    return path;
  }

 private:
  std::vector<std::pair<int, std::string>> open_;
};

/// A heading without text below it is still something to find, unless a deeper heading carries it on.
bool stands_alone(std::span<const Block> blocks, std::size_t heading) {
  for (std::size_t i = heading + 1; i < blocks.size(); ++i) {
    if (blocks[i].is_hidden || trimmed(blocks[i].text).empty()) continue;
    return blocks[i].kind == BlockKind::Heading && blocks[i].level <= blocks[heading].level;
  }
  return true;
}

}  // namespace

std::vector<Section> cut_sections(const ingestion::ParsedDocument& parsed, std::int64_t words_max) {
  const std::size_t limit = static_cast<std::size_t>(std::max<std::int64_t>(words_max, 8));
  std::vector<Section> sections;
  HeadingPath path;
  Packer packer(limit);
  BlockKind before = BlockKind::Heading;
  auto close = [&] {
    std::vector<Leaf> leaves = packer.finish();
    if (!leaves.empty()) sections.push_back({path.text(), std::move(leaves)});
    packer = Packer(limit);
  };
  for (std::size_t i = 0; i < parsed.blocks.size(); ++i) {
    const Block& block = parsed.blocks[i];
    if (block.is_hidden || trimmed(block.text).empty()) continue;
    if (block.kind == BlockKind::Heading) {
      close();
      path.enter(block);
      if (stands_alone(parsed.blocks, i)) add_sized(packer, trimmed(block.text), block.page, Joint::Paragraph, limit);
    } else {
      add_block(packer, block, before, limit);
    }
    before = block.kind;
  }
  close();
  return sections;
}

std::string parent_around(std::span<const Leaf> leaves, std::size_t index, std::size_t words_max) {
  std::size_t first = index, last = index + 1, words = count_words(leaves[index].text);
  for (bool grew = true; grew;) {
    grew = false;
    if (last < leaves.size()) {
      const std::size_t more = count_words(leaves[last].text);
      if (words + more <= words_max) words += more, ++last, grew = true;
    }
    if (first > 0) {
      const std::size_t more = count_words(leaves[first - 1].text);
      if (words + more <= words_max) words += more, --first, grew = true;
    }
  }
  std::string parent;
  for (std::size_t i = first; i < last; ++i) {
    if (!parent.empty()) parent += joint_text(leaves[i].joint);
    parent += leaves[i].text;
  }
  return parent;
}

std::string title_of(const ingestion::Document& document, const ingestion::ParsedDocument& parsed) {
  for (const std::string& title : {document.title, parsed.title}) {
    if (const std::string_view text = trimmed(title); !text.empty()) return std::string(utf8_prefix(text, heading_bytes_max));
  }
  const std::string& path = document.path;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::vector<Chunk> chunk_document(const ingestion::Document& document, const ingestion::ParsedDocument& parsed,
                                  std::int64_t words_max) {
  std::vector<Chunk> chunks;
  const std::string title = title_of(document, parsed);
  for (const Section& section : cut_sections(parsed, words_max)) {
    for (std::size_t i = 0; i < section.leaves.size(); ++i) {
      const Leaf& leaf = section.leaves[i];
      chunks.push_back({.id = fmt::format("{}#{}", document.id.text(), chunks.size()),
                        .document = document.id,
                        .document_version = document.version,
                        .title = title,
                        .heading_path = section.heading_path,
                        .uri = document.uri,
                        .page = leaf.page,
                        .text = leaf.text,
                        .parent_text = parent_around(section.leaves, i, parent_words_max(words_max)),
                        .updated = document.modified,
                        .data_class = document.data_class});
    }
  }
  return chunks;
}

}  // namespace millwright::retrieval

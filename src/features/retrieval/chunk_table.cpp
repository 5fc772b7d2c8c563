#include "features/retrieval/chunk_table.hpp"

#include <algorithm>
#include <unordered_map>

#include <xapian.h>

#include "features/retrieval/terms.hpp"

namespace millwright::retrieval {

/// Divides the chunks into sets: all start in one, and each term parts those that hold it from the rest.
class SetBuilder {
 public:
  explicit SetBuilder(std::size_t chunks) : sets_(chunks, 0) {}

  void divide(const Xapian::Database& database, const std::string& term) {
    const auto number = static_cast<std::uint32_t>(terms_.size());
    terms_.push_back(term);
    std::unordered_map<std::uint32_t, std::uint32_t> parts;
    const auto end = database.postlist_end(term);
    for (auto posting = database.postlist_begin(term); posting != end; ++posting) {
      std::uint32_t& set = sets_[*posting - 1];
      const auto [part, is_new] = parts.try_emplace(set, static_cast<std::uint32_t>(origins_.size()));
      if (is_new) origins_.push_back({.parent = set, .term = number});
      set = part->second;
    }
  }

  /// Numbers the sets that are left, and notes the terms of each.
  void finish(ChunkTable& table) {
    constexpr std::uint32_t unused = ~0u;
    std::vector<std::uint32_t> numbers(origins_.size(), unused);
    std::uint32_t used = 0;
    for (std::uint32_t& set : sets_) {
      if (numbers[set] == unused) {
        numbers[set] = used++;
        for (std::uint32_t at = set; at != 0; at = origins_[at].parent) {
          table.terms_[terms_[origins_[at].term]].push_back(numbers[set]);
        }
      }
      set = numbers[set];
    }
    table.sets_ = std::move(sets_);
    table.set_count_ = used;
  }

 private:
  struct Origin {
    std::uint32_t parent = 0, term = 0;
  };
  std::vector<std::uint32_t> sets_;
  std::vector<Origin> origins_{Origin{}};   // of set 0, which holds no term
  std::vector<std::string> terms_;
};

ChunkTable ChunkTable::load(const Xapian::Database& database) {
  ChunkTable table;
  const std::size_t chunks = (database.get_lastdocid() + block_chunks - 1) / block_chunks * block_chunks;
  const double average = std::max(database.get_avlength(), 1.0);
  table.dampings_.assign(chunks, damping_of(1));
  const auto end = database.postlist_end("");
  for (auto chunk = database.postlist_begin(""); chunk != end; ++chunk) {
    table.dampings_[*chunk - 1] = damping_of(static_cast<double>(chunk.get_doclength()) / average);
  }
  SetBuilder sets(chunks);
  for (const std::string_view prefix : {allow_prefix, deny_prefix, class_prefix}) {
    const std::string start(prefix);
    for (auto term = database.allterms_begin(start); term != database.allterms_end(start); ++term) {
      sets.divide(database, *term);
    }
  }
  sets.finish(table);
  return table;
}

std::vector<Sight> ChunkTable::sights(const Reader& reader, policy::DataClass class_max) const {
  std::vector<Sight> sights(set_count_, Sight::OutOfClass);
  auto see = [&](const std::string& term, Sight sight) {
    const auto found = terms_.find(term);
    if (found == terms_.end()) return;
    for (const std::uint32_t set : found->second) {
      if (sights[set] != Sight::OutOfClass || term.starts_with(class_prefix)) sights[set] = sight;
    }
  };
  for (int c = 0; c <= static_cast<int>(class_max); ++c) {
    see(class_term(static_cast<policy::DataClass>(c)), Sight::Forbidden);
  }
  const std::vector<std::string> principals = principals_of(reader);
  for (const std::string& principal : principals) see(allow_term(principal), Sight::Visible);
  for (const std::string& principal : principals) see(deny_term(principal), Sight::Forbidden);
  return sights;
}

}  // namespace millwright::retrieval

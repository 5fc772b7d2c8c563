// What has become of every value of a file that is imported: the report is made from it, so nothing can be dropped
// in silence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/config/node.hpp"

namespace millwright::cli::litellm {

enum class Verdict : std::uint8_t { TakenOver, Changed, NoCounterpart };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);

/// One value of the source. Never the value itself: it may be a secret.
struct Entry {
  Where where;  // file, line and path in the source
  Verdict verdict = Verdict::NoCounterpart;
  std::string target;  // where it stands now, as in "models[gpt-4o].id"
  std::string note;    // how it changed, or why it has no counterpart
  std::string advice;  // what to do, when there is something to do
};

/// Nodes are known by their address: the trees outlive the account and do not move.
class Account {
 public:
  /// Every value of the tree is from now on to be accounted for.
  void open(const config::Node& tree);

  // Said of a node, it holds for all values below it. Of several statements the gravest counts, and all notes are kept;
  // that there is no counterpart is only said of values of which nothing else has been said.
  void take(const config::Node& node, std::string_view target);
  void change(const config::Node& node, std::string_view target, std::string_view how, std::string_view advice = {});
  void leave(const config::Node& node, std::string_view why, std::string_view advice = {});

  [[nodiscard]] bool is_decided(const config::Node& node) const;
  /// In the order of the files. Values of which nothing was said are listed as unknown to the import.
  [[nodiscard]] std::vector<Entry> entries() const;

 private:
  struct Item {
    Entry entry;
    bool is_decided = false;
  };
  void state(const config::Node& node, const Entry& statement);
  void state_one(Item& item, const Entry& statement);

  std::vector<Item> items_;
  std::unordered_map<const config::Node*, std::size_t> places_;
};

}  // namespace millwright::cli::litellm

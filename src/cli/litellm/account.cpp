#include "cli/litellm/account.hpp"

#include <algorithm>

namespace millwright::cli::litellm {

namespace {

bool has_children(const config::Node& node) { return !node.items().empty() || !node.members().empty(); }

void append(std::string& text, std::string_view more, std::string_view separator) {
  if (more.empty() || text.find(more) != std::string::npos) return;
  if (!text.empty()) text += separator;
  text += more;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::TakenOver: return "taken_over";
    case Verdict::Changed: return "changed";
    case Verdict::NoCounterpart: break;
  }
  return "no_counterpart";
}

void Account::open(const config::Node& tree) {
  if (!has_children(tree)) {
    places_.emplace(&tree, items_.size());
    Item item;
    item.entry.where = tree.where();
    items_.push_back(std::move(item));
    return;
  }
  for (const auto& item : tree.items()) open(item);
  for (const auto& member : tree.members()) open(member.node);
}

void Account::take(const config::Node& node, std::string_view target) {
  Entry entry;
  entry.verdict = Verdict::TakenOver;
  entry.target = target;
  state(node, entry);
}

void Account::change(const config::Node& node, std::string_view target, std::string_view how, std::string_view advice) {
  Entry entry;
  entry.verdict = Verdict::Changed;
  entry.target = target;
  entry.note = how;
  entry.advice = advice;
  state(node, entry);
}

void Account::leave(const config::Node& node, std::string_view why, std::string_view advice) {
  Entry entry;
  entry.verdict = Verdict::NoCounterpart;
  entry.note = why;
  entry.advice = advice;
  state(node, entry);
}

void Account::state(const config::Node& node, const Entry& statement) {
  if (const auto place = places_.find(&node); place != places_.end())
    return state_one(items_[place->second], statement);
  for (const auto& item : node.items()) state(item, statement);
  for (const auto& member : node.members()) state(member.node, statement);
}

void Account::state_one(Item& item, const Entry& statement) {
  auto& entry = item.entry;
  if (!item.is_decided) {
    item.is_decided = true;
    entry.verdict = statement.verdict;
  } else if (statement.verdict == Verdict::NoCounterpart) {
    return;
  } else {
    const bool had_counterpart = entry.verdict != Verdict::NoCounterpart;
    entry.verdict = had_counterpart ? std::max(entry.verdict, statement.verdict) : statement.verdict;
  }
  append(entry.target, statement.target, ", ");
  append(entry.note, statement.note, "; ");
  append(entry.advice, statement.advice, " ");
}

bool Account::is_decided(const config::Node& node) const {
  if (const auto place = places_.find(&node); place != places_.end()) return items_[place->second].is_decided;
  const auto decided = [this](const auto& each) { return is_decided(each); };
  const auto member_decided = [this](const auto& each) { return is_decided(each.node); };
  return std::ranges::all_of(node.items(), decided) && std::ranges::all_of(node.members(), member_decided);
}

std::vector<Entry> Account::entries() const {
  std::vector<Entry> entries;
  entries.reserve(items_.size());
  for (const auto& item : items_) {
    entries.push_back(item.entry);
    if (item.is_decided) continue;
    entries.back().note = "this import does not know the setting";
    entries.back().advice = "Look it up in LiteLLM's manual and decide whether you still need what it did.";
  }
  return entries;
}

}  // namespace millwright::cli::litellm

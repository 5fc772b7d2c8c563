#include "base/config/node.hpp"

#include <charconv>

namespace millwright::config {
namespace {

template <class T>
T number_of(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

const Node& Node::operator[](std::string_view key) const {
  static const Node absent;
  for (const auto& [name, member] : members_) {
    if (name == key) return member;
  }
  return absent;
}

std::int64_t Node::integer() const { return number_of<std::int64_t>(text_); }
double Node::real() const { return number_of<double>(text_); }
bool Node::boolean() const { return text_ == "true"; }
Duration Node::duration() const { return parse_duration(text_).value_or(Duration(0)); }
std::uint64_t Node::size() const { return parse_size(text_).value_or(0); }
Money Node::money() const { return parse_money(text_).value_or(Money()); }
UnitPrice Node::unit_price() const { return parse_unit_price(text_).value_or(UnitPrice()); }

SecretSource Node::secret() const {
  SecretSource source;
  source.environment = (*this)["env"].text();
  source.file = (*this)["file"].text();
  source.credential = (*this)["cred"].text();
  return source;
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> texts;
  texts.reserve(items_.size());
  for (const auto& item : items_) texts.push_back(item.text());
  return texts;
}

Node Node::without_defaults() const {
  Node lean = *this;
  lean.members_.clear();
  for (const auto& [name, member] : members_) {
    if (!member.is_default_ && !member.is_redundant_) lean.members_.push_back({name, member.without_defaults()});
  }
  for (auto& item : lean.items_) item = item.without_defaults();
  return lean;
}

Error Node::error(std::string message, std::string fix) const {
  Error error;
  error.code = ErrorCode::InvalidConfig;
  error.message = std::move(message);
  error.where = where_;
  error.fix = std::move(fix);
  return error;
}

}  // namespace millwright::config

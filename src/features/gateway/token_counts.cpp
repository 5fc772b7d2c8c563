#include "features/gateway/token_counts.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

constexpr std::int64_t message_frame = 4, answer_frame = 3;
constexpr std::int64_t tool_frame = 12;
constexpr std::int64_t image_tokens = 1'600;     // a picture of about 1.15 megapixels
constexpr std::int64_t file_bytes_a_token = 24;  // of base64; a page of a PDF is a few thousand tokens
constexpr std::int64_t joint_tokens = 2;         // where a text meets what stands before and behind it

template <class Visit>
void visit_messages(const json::object& chat, const Visit& visit) {
  const auto* messages = find_member(chat, "messages");
  if (messages == nullptr || !messages->is_array()) return;
  for (const auto& message : messages->get_array()) {
    if (message.is_object()) visit(message.get_object());
  }
}

/// Every value that is neither a list nor an object, however deep it lies.
template <class Visit>
void visit_values(const json::value& value, const Visit& visit) {
  if (value.is_array()) {
    for (const auto& each : value.get_array()) visit_values(each, visit);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) visit_values(member.value(), visit);
  } else {
    visit(value);
  }
}

/// Adds up a chat until it has more than `left` tokens.
class Counter {
 public:
  Counter(const tokens::Tokeniser& tokeniser, std::int64_t tokens_max)
      : tokeniser_(tokeniser), tokens_max_(tokens_max), count_{0, tokeniser.is_exact()} {}

  void add_text(std::string_view text) {
    if (is_full()) return;
    const auto counted = tokeniser_.count(text, tokens_max_ - count_.tokens);
    count_.tokens += counted.tokens;
    count_.is_exact = count_.is_exact && counted.is_exact;
  }
  void add_frame(std::int64_t tokens) { count_.tokens += tokens; }
  void add_guess(std::int64_t tokens) {
    count_.tokens += tokens;
    count_.is_exact = false;
  }
  /// Sent in a form of the provider's own.
  void add_value(const json::value& value) {
    if (value.is_null()) return;
    count_.is_exact = false;
    if (value.is_string())
      add_text(value.get_string());
    else
      add_text(json::serialize(value));
  }
  void add_message(const json::object& message) {
    add_frame(message_frame);
    const auto* content = find_member(message, "content");
    if (content != nullptr && content->is_array()) {
      for (const auto& part : content->get_array()) {
        if (part.is_object()) add_part(part.get_object());
      }
    } else if (content != nullptr && content->is_string()) {
      add_text(content->get_string());
    }
    if (const auto name = string_member(message, "name"); !name.empty()) {
      add_frame(1);
      add_text(name);
    }
    for (const char* name : {"tool_calls", "function_call", "thinking_blocks", "reasoning_content", "refusal"}) {
      if (const auto* value = find_member(message, name)) add_value(*value);
    }
  }
  [[nodiscard]] bool is_full() const { return count_.tokens > tokens_max_; }
  [[nodiscard]] tokens::Count result() const { return {std::max<std::int64_t>(count_.tokens, 1), count_.is_exact}; }

 private:
  void add_part(const json::object& part) {
    const auto type = string_member(part, "type");
    if (type == "text") return add_text(string_member(part, "text"));
    if (type == "image_url") return add_guess(image_tokens);
    if (type == "file") {
      const auto* file = find_member(part, "file");
      const auto bytes =
          file != nullptr && file->is_object() ? string_member(file->get_object(), "file_data").size() : 0;
      return add_guess(std::max(image_tokens, static_cast<std::int64_t>(bytes) / file_bytes_a_token));
    }
    // A block of another dialect: {type: "native", dialect, value}.
    const auto* native = type == "native" ? find_member(part, "value") : nullptr;
    if (native != nullptr && native->is_object() && string_member(native->get_object(), "type") == "image") {
      return add_guess(image_tokens);
    }
    if (native != nullptr)
      add_value(*native);
    else
      add_value(part);
  }

  const tokens::Tokeniser& tokeniser_;
  std::int64_t tokens_max_;
  tokens::Count count_;
};

}  // namespace

tokens::Count count_chat(const json::object& chat, const tokens::Tokeniser& tokeniser, std::int64_t tokens_max) {
  Counter counter(tokeniser, tokens_max);
  counter.add_frame(answer_frame);
  visit_messages(chat, [&](const json::object& message) {
    if (!counter.is_full()) counter.add_message(message);
  });
  if (const auto* tools = find_member(chat, "tools"); tools != nullptr && tools->is_array()) {
    for (const auto& tool : tools->get_array()) {
      counter.add_guess(tool_frame);
      counter.add_value(tool);
    }
  }
  if (const auto* format = find_member(chat, "response_format")) counter.add_value(*format);
  return counter.result();
}

std::optional<std::int64_t> text_bound(const json::object& chat) {
  const auto is_set = [](const json::object& object, const char* name) {
    const auto* value = find_member(object, name);
    return value != nullptr && !value->is_null();
  };
  for (const char* name : {"tools", "functions", "response_format"}) {
    if (is_set(chat, name)) return std::nullopt;
  }
  std::int64_t bound = answer_frame;
  bool is_text = true;
  visit_messages(chat, [&](const json::object& message) {
    bound += message_frame;
    if (const auto name = string_member(message, "name"); !name.empty())
      bound += 1 + static_cast<std::int64_t>(name.size());
    for (const char* name : {"tool_calls", "function_call", "thinking_blocks", "reasoning_content", "refusal"}) {
      is_text = is_text && !is_set(message, name);
    }
    const auto* content = find_member(message, "content");
    if (content == nullptr || content->is_null()) return;
    if (content->is_string()) {
      bound += static_cast<std::int64_t>(content->get_string().size());
      return;
    }
    is_text = is_text && content->is_array();
    if (!is_text) return;
    for (const auto& part : content->get_array()) {
      is_text = is_text && part.is_object() && string_member(part.get_object(), "type") == "text";
      if (is_text) bound += static_cast<std::int64_t>(string_member(part.get_object(), "text").size());
    }
  });
  return is_text ? std::optional(bound) : std::nullopt;
}

tokens::Count count_inputs(const json::object& request, const tokens::Tokeniser& tokeniser, std::int64_t tokens_max) {
  tokens::Count count{0, tokeniser.is_exact()};
  const auto add = [&](const json::value& value) {
    if (count.tokens > tokens_max) return;
    if (!value.is_string()) {
      count.tokens += value.is_number() ? 1 : 0;
      return;
    }
    const auto counted = tokeniser.count(value.get_string(), tokens_max - count.tokens);
    count.tokens += counted.tokens;
    count.is_exact = count.is_exact && counted.is_exact;
  };
  for (const char* name : {"input", "prompt", "query", "documents", "instructions"}) {
    const auto* value = find_member(request, name);
    if (value == nullptr) continue;
    visit_values(*value, add);
  }
  return {std::max<std::int64_t>(count.tokens, 1), count.is_exact};
}

std::int64_t count_least(const json::object& chat, std::span<const std::string> further,
                         const tokens::Tokeniser& tokeniser, std::int64_t tokens_max) {
  std::int64_t count = answer_frame;
  const auto add = [&](std::string_view text) {
    if (count > tokens_max || text.empty()) return;
    // Joined to its neighbours a text may have a few tokens less.
    count += std::max<std::int64_t>(0, tokeniser.count(text, tokens_max - count + joint_tokens).tokens - joint_tokens);
  };
  for (const auto& text : further) add(text);
  visit_messages(chat, [&](const json::object& message) {
    count += message_frame - 1;  // a role may be left out
    const auto* content = find_member(message, "content");
    if (content == nullptr) return;
    if (content->is_string()) return add(content->get_string());
    if (!content->is_array()) return;
    for (const auto& part : content->get_array()) {
      if (part.is_object() && string_member(part.get_object(), "type") == "text") {
        add(string_member(part.get_object(), "text"));
      }
    }
  });
  return count;
}

std::int64_t bound_slack(const json::object& chat, tokens::Encoding encoding) {
  std::int64_t slack = 0;
  const auto add = [&](std::string_view text) {
    const auto counted = tokens::count_tokens(encoding, text);
    if (!counted.is_exact) return;
    slack += std::max<std::int64_t>(0, static_cast<std::int64_t>(text.size()) - counted.tokens - joint_tokens);
  };
  visit_messages(chat, [&](const json::object& message) {
    const auto* content = find_member(message, "content");
    if (content == nullptr) return;
    if (content->is_string()) return add(content->get_string());
    if (!content->is_array()) return;
    for (const auto& part : content->get_array()) {
      if (part.is_object() && string_member(part.get_object(), "type") == "text") {
        add(string_member(part.get_object(), "text"));
      }
    }
  });
  return slack;
}

}  // namespace millwright::gateway

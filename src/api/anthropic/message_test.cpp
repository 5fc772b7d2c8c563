// Canonical answers as Messages: golden pairs; and streams of them, cut anywhere, which say the same.
#include "api/anthropic/message.hpp"

#include <gtest/gtest.h>

#include <random>

#include "api/anthropic/members.hpp"
#include "api/anthropic/message_stream.hpp"
#include "io/sse/sse.hpp"
#include "tests/support/golden.hpp"

namespace millwright::api::anthropic {
namespace {

const telemetry::TokenCounts booked{11, 2, 3, 4, 5};

json::object load(const std::filesystem::path& file) {
  auto parsed = parse_json_object(test::read_golden_case(file));
  EXPECT_TRUE(parsed) << file;
  return parsed ? *parsed : json::object();
}

/// Cuts a whole answer into the chunks of a stream.
class Cutter {
 public:
  Cutter(const json::object& completion, std::uint32_t seed) : completion_(completion), random_(seed) {}

  std::vector<json::object> cut() {
    const auto& choice = completion_.at("choices").at(0).as_object();
    const auto& message = choice.at("message").as_object();
    add({{"role", "assistant"}, {"content", ""}});
    add_thinking(message);
    add_text(message);
    if (message.contains("annotations")) add({{"annotations", message.at("annotations")}});
    if (message.contains("tool_calls")) add_calls(message.at("tool_calls").as_array());
    finish(choice);
    return std::move(chunks_);
  }

 private:
  json::object frame(json::array choices) const {
    json::object chunk = completion_;
    for (const char* name : {"usage", "millwright"}) chunk.erase(name);
    chunk["object"] = "chat.completion.chunk";
    chunk["choices"] = std::move(choices);
    return chunk;
  }
  void add(json::object delta) {
    chunks_.push_back(frame({json::object{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", nullptr}}}));
  }
  bool coin() { return std::uniform_int_distribution<int>(0, 1)(random_) == 1; }

  /// Pieces of whole code points, some of them empty.
  void add_pieces(const char* field, std::string_view text) {
    while (!text.empty()) {
      auto bytes = std::uniform_int_distribution<std::size_t>(0, text.size())(random_);
      while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
      add({{field, text.substr(0, bytes)}});
      text.remove_prefix(bytes);
    }
  }
  void add_thinking(const json::object& message) {
    const auto* blocks = find_list(message, "thinking_blocks");
    if (blocks == nullptr) {
      add_pieces("reasoning_content", string_member(message, "reasoning_content"));
      return;
    }
    const bool has_pieces = coin();
    for (const auto& block : *blocks) {
      if (has_pieces) add_lagging_pieces(string_member(block.as_object(), "thinking"));
      add({{"thinking_blocks", json::array{block}}});
    }
  }
  /// As a guard gives them that holds back the end until it knows more.
  void add_lagging_pieces(std::string_view text) {
    lag_ += text;
    const auto bytes = std::uniform_int_distribution<std::size_t>(0, lag_.size())(random_);
    add_pieces("reasoning_content", lag_.substr(0, bytes));
    lag_.erase(0, bytes);
  }
  void add_text(const json::object& message) {
    const auto text = string_member(message, "content");
    std::size_t start = 0;
    if (const auto* natives = find_list(message, "native_blocks")) {
      for (const auto& native : *natives) {  // the texts before them in these cases are ASCII
        const auto index = static_cast<std::size_t>(native.at("start_index").as_int64());
        add_pieces("content", text.substr(start, index - start));
        start = index;
        add({{"native_blocks", json::array{native}}});
      }
    }
    add_pieces("content", text.substr(start));
    add_pieces("refusal", string_member(message, "refusal"));
  }
  /// Each call in fragments that mix with those of the others.
  void add_calls(const json::array& calls) {
    std::vector<std::string> left;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      json::object first{{"index", i}};
      for (const auto& member : calls[i].as_object()) first[member.key()] = member.value();
      left.emplace_back(first["function"].at("arguments").as_string());
      first["function"].as_object()["arguments"] = "";
      add({{"tool_calls", json::array{std::move(first)}}});
    }
    for (bool is_done = false; !is_done;) {
      is_done = true;
      for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i].empty()) continue;
        is_done = false;
        const auto bytes = std::uniform_int_distribution<std::size_t>(0, left[i].size())(random_);
        json::object function{{"arguments", left[i].substr(0, bytes)}};
        add({{"tool_calls", json::array{json::object{{"index", i}, {"function", std::move(function)}}}}});
        left[i].erase(0, bytes);
      }
    }
  }
  void finish(const json::object& choice) {
    json::object last = choice;
    last.erase("message");
    last["delta"] = lag_.empty() ? json::object() : json::object{{"reasoning_content", lag_}};
    auto chunk = frame({std::move(last)});
    if (completion_.contains("millwright")) chunk["millwright"] = completion_.at("millwright");
    const bool is_apart = coin();
    if (!is_apart && completion_.contains("usage")) chunk["usage"] = completion_.at("usage");
    chunks_.push_back(std::move(chunk));
    if (!is_apart || !completion_.contains("usage")) return;
    auto usage = frame({});
    usage["usage"] = completion_.at("usage");
    chunks_.push_back(std::move(usage));
  }

  const json::object& completion_;
  std::mt19937 random_;
  std::string lag_;   // of the reasoning
  std::vector<json::object> chunks_;
};

/// Builds the Message of a stream as clients do, and checks the order of its events.
class Client {
 public:
  json::object read(std::string_view bytes) {
    io::sse::Parser parser;
    EXPECT_TRUE(parser.feed(bytes));
    io::sse::Event event;
    while (parser.next(event)) {
      const auto parsed = parse_json_object(event.data);
      EXPECT_TRUE(parsed) << event.data;
      EXPECT_EQ(string_member(*parsed, "type"), event.name);
      take(event.name, *parsed);
    }
    EXPECT_TRUE(is_stopped_);
    EXPECT_FALSE(is_open_);
    return message_;
  }

 private:
  json::object& block() { return message_["content"].as_array().back().as_object(); }

  void take(const std::string& type, const json::object& event) {
    EXPECT_FALSE(is_stopped_);
    EXPECT_EQ(type == "message_start", message_.empty()) << type;
    if (type == "message_start") {
      message_ = event.at("message").as_object();
    } else if (type == "content_block_start") {
      EXPECT_FALSE(is_open_);
      is_open_ = true;
      input_.clear();
      EXPECT_EQ(event.at("index").as_int64(), static_cast<std::int64_t>(message_["content"].as_array().size()));
      message_["content"].as_array().push_back(event.at("content_block"));
    } else if (type == "content_block_delta") {
      EXPECT_TRUE(is_open_);
      EXPECT_EQ(event.at("index").as_int64() + 1, static_cast<std::int64_t>(message_["content"].as_array().size()));
      take_delta(event.at("delta").as_object());
    } else if (type == "content_block_stop") {
      EXPECT_TRUE(is_open_);
      is_open_ = false;
      if (!input_.empty()) block()["input"] = json::parse(input_);
    } else if (type == "message_delta") {
      for (const auto& member : event.at("delta").as_object()) message_[member.key()] = member.value();
      message_["usage"] = event.at("usage");
      if (event.contains("millwright")) message_["millwright"] = event.at("millwright");
    } else {
      EXPECT_EQ(type, "message_stop");
      is_stopped_ = true;
    }
  }

  void take_delta(const json::object& delta) {
    const auto type = string_member(delta, "type");
    const auto append = [&](const char* name) {
      block()[name] = std::string(string_member(block(), name)) + std::string(string_member(delta, name));
    };
    if (type == "text_delta")
      append("text");
    else if (type == "thinking_delta")
      append("thinking");
    else if (type == "signature_delta")
      block()["signature"] = delta.at("signature");
    else if (type == "input_json_delta")
      input_ += string_member(delta, "partial_json");
    else if (type == "citations_delta")
      citations().push_back(delta.at("citation"));
    else
      ADD_FAILURE() << type;
  }
  json::array& citations() {
    auto& list = block()["citations"];
    if (!list.is_array()) list = json::array();
    return list.as_array();
  }

  json::object message_;
  std::string input_;
  bool is_open_ = false, is_stopped_ = false;
};

TEST(Message, GoldenPairs) {
  for (const auto& file : test::golden_cases("messages/answers", ".json")) {
    test::expect_golden(file, "message", test::render_indented(encode_message(load(file), "0190", booked)));
  }
}

TEST(Message, AStreamCutAnywhereSaysTheSame) {
  const auto seed = std::random_device()();
  for (const auto& file : test::golden_cases("messages/answers", ".json")) {
    const auto completion = load(file);
    const auto whole = encode_message(completion, "0190", booked);
    for (std::uint32_t round = 0; round < 50; ++round) {
      SCOPED_TRACE(fmt::format("{} seed {}", file.filename().string(), seed + round));
      std::string bytes;
      MessageStream stream("0190");
      for (const auto& chunk : Cutter(completion, seed + round).cut()) stream.feed(chunk, bytes);
      stream.finish(booked, bytes);
      const auto streamed = Client().read(bytes);
      ASSERT_EQ(json::value(streamed), json::value(whole)) << test::render_indented(streamed);
    }
  }
}

TEST(Message, AnAnswerWithoutAnythingIsAMessage) {
  const auto message = encode_message({{"model", "m"}}, "0190", booked);
  EXPECT_EQ(message.at("id"), "msg_0190");
  EXPECT_TRUE(message.at("content").as_array().empty());
  EXPECT_EQ(message.at("stop_reason"), "end_turn");
  EXPECT_EQ(message.at("usage").at("input_tokens"), 11);
  EXPECT_EQ(message.at("usage").at("output_tokens"), 9);
  std::string bytes;
  MessageStream("0190").finish(booked, bytes);
  EXPECT_EQ(Client().read(bytes).at("usage").at("cache_read_input_tokens"), 2);
}

TEST(MessageStream, RedactedThinkingHasNoSignature) {
  std::string bytes;
  MessageStream stream("0190");
  const auto say = [&](json::object delta) {
    stream.feed({{"choices", json::array{json::object{{"index", 0}, {"delta", std::move(delta)}}}}}, bytes);
  };
  say({{"reasoning_content", "write to [EMAIL]"}});
  say({{"thinking_blocks",
        json::array{json::object{{"type", "thinking"}, {"thinking", "write to a@b.example"}, {"signature", "c2ln"}}}}});
  say({{"content", "done"}});
  stream.finish(booked, bytes);
  const auto message = Client().read(bytes);
  const auto& block = message.at("content").at(0).as_object();
  EXPECT_EQ(block.at("thinking"), "write to [EMAIL]");
  EXPECT_EQ(block.at("signature"), "");
}

TEST(MessageStream, OtherChoicesAndEmptyChunksSayNothing) {
  std::string bytes;
  MessageStream stream("0190");
  stream.feed({{"id", "a"}, {"choices", json::array()}}, bytes);
  stream.feed({{"choices", json::array{json::object{{"index", 1}, {"delta", json::object{{"content", "no"}}}}}}},
              bytes);
  stream.feed({{"choices", json::array{json::object{{"index", 0}}}}}, bytes);
  EXPECT_EQ(bytes.find("content_block_start"), std::string::npos);
  stream.finish(booked, bytes);
  EXPECT_TRUE(Client().read(bytes).at("content").as_array().empty());
}

}  // namespace
}  // namespace millwright::api::anthropic

#include "cli/context.hpp"

#include <cstdio>

#include "cli/progress.hpp"

namespace millwright::cli {

Result<Client*> Context::client() {
  if (!client_) {
    auto opened = Client::open(host_, target_);
    if (!opened) return pass(opened);
    client_.emplace(std::move(*opened));
  }
  return &*client_;
}

Result<json::value> Context::get(std::string_view path) {
  auto found = client();
  if (!found) return pass(found);
  return (*found)->get(path);
}

Result<json::value> Context::post(std::string_view path, const json::object& body) {
  auto found = client();
  if (!found) return pass(found);
  return (*found)->post(path, body);
}

Result<void> Context::post_streamed(std::string_view path, const json::object& body, const Client::OnEvent& on_event,
                                    std::stop_token stop) {
  auto found = client();
  if (!found) return pass(found);
  return (*found)->post_streamed(path, body, on_event, std::move(stop));
}

Result<json::value> Context::post_long(std::string_view kind, std::string_view object, std::string_view path,
                                       const json::object& body) {
  auto found = client();
  if (!found) return pass(found);
  if (out().is_json()) return (*found)->post(path, body);
  const Progress progress([client = *found]() { return client->get("/api/v1/jobs"); }, kind, object);
  return (*found)->post(path, body);
}

Result<json::value> Context::remove(std::string_view path) {
  auto found = client();
  if (!found) return pass(found);
  return (*found)->remove(path);
}

Result<std::string> Context::get_text(std::string_view path) {
  auto found = client();
  if (!found) return pass(found);
  return (*found)->get_text(path);
}

Result<json::value> Context::post_bytes(std::string_view path, std::string bytes) {
  auto found = client();
  if (!found) return pass(found);
  return (*found)->post_bytes(path, std::move(bytes));
}

Result<json::value> Context::get_all(std::string_view path, std::size_t items_max) {
  json::array all;
  std::string cursor;
  do {
    const char joint = path.find('?') == std::string_view::npos ? '?' : '&';
    auto page = get(fmt::format("{}{}limit=200{}", path, joint, cursor.empty() ? "" : "&cursor=" + encoded(cursor)));
    if (!page) return pass(page);
    const auto items = member_at(*page, "items");
    if (items.is_array()) {
      for (const auto& item : items.get_array()) all.push_back(item);
    }
    const auto next = member_at(*page, "next_cursor");
    cursor = next.is_string() ? std::string(next.get_string()) : std::string();
  } while (!cursor.empty() && all.size() < items_max);
  return json::value(json::object{{"items", std::move(all)}, {"next_cursor", nullptr}});
}

Result<std::string> read_input(const std::string& path, std::size_t bytes_max) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) return fail(ErrorCode::NotFound, "{} cannot be read", path);
  std::string text;
  std::array<char, 65536> buffer{};
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), file)) > 0 && text.size() <= bytes_max) {
    text.append(buffer.data(), count);
  }
  const bool has_failed = std::ferror(file) != 0;
  if (file != stdin) std::fclose(file);
  if (has_failed) return fail(ErrorCode::NotFound, "{} cannot be read", path);
  if (text.size() > bytes_max) return fail(ErrorCode::TooLarge, "{} is larger than {} bytes", path, bytes_max);
  return text;
}

}  // namespace millwright::cli

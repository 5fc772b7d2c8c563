#include "features/retrieval/chunk_codec.hpp"

#include <cstring>

namespace millwright::retrieval {
namespace {

constexpr char format = 1;

class Output {
 public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void text(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  void raw(std::string_view bytes) { bytes_ += bytes; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    is_broken_ = true;
    return 0;
  }
  std::string_view raw(std::size_t count) {
    if (count > rest_.size()) {
      is_broken_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string text() { return std::string(raw(number())); }
  [[nodiscard]] bool is_whole() const { return !is_broken_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_broken_ = false;
};

}  // namespace

std::string encode(const StoredLeaf& stored) {
  Output out;
  out.raw({&format, 1});
  out.raw({reinterpret_cast<const char*>(stored.document.bytes().data()), stored.document.bytes().size()});
  out.number(static_cast<std::uint64_t>(stored.version));
  out.number(stored.ordinal);
  out.number(stored.before);
  out.number(stored.after);
  out.number(static_cast<std::uint64_t>(stored.words_max));
  out.text(stored.title);
  out.text(stored.heading_path);
  out.text(stored.uri);
  out.number(static_cast<std::uint64_t>(to_micros(stored.updated)));
  out.number(static_cast<std::uint64_t>(stored.data_class));
  out.number(stored.leaf.page);
  out.number(static_cast<std::uint64_t>(stored.leaf.joint));
  out.text(stored.leaf.text);
  return out.take();
}

Result<StoredLeaf> decode_leaf(std::string_view bytes) {
  Input in(bytes);
  StoredLeaf stored;
  const std::string_view version = in.raw(1);
  std::array<std::uint8_t, 16> id{};
  if (const std::string_view raw = in.raw(id.size()); !raw.empty()) std::memcpy(id.data(), raw.data(), id.size());
  stored.document = Id(id);
  stored.version = static_cast<std::int64_t>(in.number());
  stored.ordinal = static_cast<std::uint32_t>(in.number());
  stored.before = static_cast<std::uint32_t>(in.number());
  stored.after = static_cast<std::uint32_t>(in.number());
  stored.words_max = static_cast<std::int64_t>(in.number());
  stored.title = in.text();
  stored.heading_path = in.text();
  stored.uri = in.text();
  stored.updated = from_micros(static_cast<std::int64_t>(in.number()));
  const std::uint64_t data_class = in.number();
  stored.leaf.page = static_cast<std::uint32_t>(in.number());
  const std::uint64_t joint = in.number();
  stored.leaf.text = in.text();
  const bool is_known = version.size() == 1 && version[0] == format &&
                        data_class <= static_cast<std::uint64_t>(policy::DataClass::Restricted) &&
                        joint <= static_cast<std::uint64_t>(Joint::Paragraph);
  if (!in.is_whole() || !is_known) return fail(ErrorCode::Corrupt, "a chunk of the index cannot be read");
  stored.data_class = static_cast<policy::DataClass>(data_class);
  stored.leaf.joint = static_cast<Joint>(joint);
  return stored;
}

}  // namespace millwright::retrieval

#include "base/task_classifier.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace millwright {

namespace {

constexpr std::string_view magic = "MWTASK1\n";
constexpr std::size_t text_bytes_max = 4'096;
constexpr std::size_t word_bytes_max = 32;
constexpr std::size_t head_bytes_max = 4u << 20;
constexpr float weight_steps = 32'767;

constexpr std::uint32_t seed_word = 0x811C'9DC5, seed_pair = 0x9E37'79B9, seed_piece = 0x85EB'CA6B;

constexpr std::uint32_t mixed(std::uint32_t hash, unsigned char byte) { return (hash ^ byte) * 0x0100'0193u; }
constexpr std::uint32_t finished(std::uint32_t hash) {
  hash ^= hash >> 16;
  hash *= 0x7FEB'352Du;
  hash ^= hash >> 15;
  hash *= 0x846C'A68Bu;
  return hash ^ hash >> 16;
}

/// Letters, digits and everything beyond ASCII.
constexpr bool is_word_byte(unsigned char byte) {
  return byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}
constexpr unsigned char lower(unsigned char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + 32) : byte;
}

/// Pieces of `word`, which has a mark before and behind it so that beginnings and ends count as such.
void add_pieces(std::string_view word, std::vector<std::uint32_t>& features) {
  std::array<unsigned char, word_bytes_max + 2> marked{};
  const auto size = std::min(word.size(), word_bytes_max);
  marked[0] = '<';
  for (std::size_t i = 0; i < size; ++i) marked[i + 1] = lower(static_cast<unsigned char>(word[i]));
  marked[size + 1] = '>';
  for (std::size_t start = 0; start + 3 <= size + 2; ++start) {
    std::uint32_t hash = seed_piece;
    for (std::size_t i = 0; i < 4 && start + i < size + 2; ++i) {
      hash = mixed(hash, marked[start + i]);
      if (i >= 2) features.push_back(finished(hash));
    }
  }
}

template <class T>
void append_raw(std::string& bytes, const T& value) {
  static_assert(std::endian::native == std::endian::little);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Takes values off the front of a model file.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool take(void* to, std::size_t size) {
    if (rest_.size() < size) return false;
    if (size > 0) std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
    return true;
  }
  [[nodiscard]] bool take_text(std::string_view& text, std::size_t size) {
    if (rest_.size() < size) return false;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

std::unexpected<Error> no_model(std::string_view why) {
  auto error = fail(ErrorCode::InvalidInput, "not a task classifier: {}", why);
  error.error().fix = "Train it with `millwright tune train`.";
  return error;
}

bool read_numbers(const json::object& head, std::string_view name, std::size_t count, std::vector<float>& numbers) {
  const auto* list = find_member(head, name);
  if (list == nullptr || !list->is_array() || list->get_array().size() != count) return false;
  for (const auto& each : list->get_array()) {
    if (!each.is_number()) return false;
    const auto number = each.to_number<double>();
    if (!std::isfinite(number) || std::abs(number) > 1e6) return false;
    numbers.push_back(static_cast<float>(number));
  }
  return true;
}

bool read_labels(const json::object& head, std::vector<std::string>& labels) {
  const auto* list = find_member(head, "labels");
  if (list == nullptr || !list->is_array()) return false;
  for (const auto& each : list->get_array()) {
    if (!each.is_string() || each.get_string().empty() || each.get_string().size() > 256) return false;
    labels.emplace_back(each.get_string());
  }
  return labels.size() >= 2 && labels.size() <= TaskClassifier::labels_max;
}

}  // namespace

std::vector<std::uint32_t> text_features(std::string_view text) {
  text = text.substr(0, text_bytes_max);
  std::vector<std::uint32_t> features;
  features.reserve(text.size() * 3 + 8);
  std::uint32_t before = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word_byte(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    std::uint32_t hash = seed_word;
    const auto start = at;
    for (; at < text.size() && is_word_byte(static_cast<unsigned char>(text[at])); ++at) {
      hash = mixed(hash, lower(static_cast<unsigned char>(text[at])));
    }
    features.push_back(finished(hash));
    if (before != 0) features.push_back(finished(before * 31 + (hash ^ seed_pair)));
    before = hash;
    add_pieces(text.substr(start, at - start), features);
  }
  std::ranges::sort(features);
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return features;
}

std::string TaskClassifier::render(const Parts& parts) {
  const auto count = parts.labels.size();
  ensure(parts.bias.size() == count && parts.weights.size() == parts.features.size() * count,
         "a model's parts fit together");
  std::vector<float> scale(count, 1e-9f);
  for (std::size_t i = 0; i < parts.weights.size(); ++i)
    scale[i % count] = std::max(scale[i % count], std::abs(parts.weights[i]));
  json::array labels, bias, scales;
  for (std::size_t i = 0; i < count; ++i) {
    scale[i] /= weight_steps;
    labels.emplace_back(parts.labels[i]);
    bias.emplace_back(static_cast<double>(parts.bias[i]));
    scales.emplace_back(static_cast<double>(scale[i]));
  }
  const auto head = json::serialize(json::object{{"labels", std::move(labels)},
                                                 {"bias", std::move(bias)},
                                                 {"scale", std::move(scales)},
                                                 {"sharpness", parts.sharpness},
                                                 {"facts", parts.facts}});
  std::string bytes(magic);
  append_raw(bytes, static_cast<std::uint32_t>(head.size()));
  bytes += head;
  append_raw(bytes, static_cast<std::uint32_t>(parts.features.size()));
  for (const auto feature : parts.features) append_raw(bytes, feature);
  for (std::size_t i = 0; i < parts.weights.size(); ++i) {
    append_raw(bytes, static_cast<std::int16_t>(std::lround(parts.weights[i] / scale[i % count])));
  }
  return bytes;
}

Result<std::shared_ptr<const TaskClassifier>> TaskClassifier::parse(std::string_view bytes) {
  if (bytes.size() > bytes_max) return no_model("it is too large");
  Bytes rest(bytes);
  std::string_view mark, head_text;
  std::uint32_t head_bytes = 0, count = 0;
  if (!rest.take_text(mark, magic.size()) || mark != magic) return no_model("it does not begin like one");
  if (!rest.take(&head_bytes, sizeof head_bytes) || head_bytes > head_bytes_max ||
      !rest.take_text(head_text, head_bytes)) {
    return no_model("its head is cut");
  }
  const auto head = parse_json_object(head_text);
  if (!head) return no_model("its head is not JSON");
  std::shared_ptr<TaskClassifier> model(new TaskClassifier());
  if (!read_labels(*head, model->labels_)) return no_model("its labels are none");
  const auto labels = model->labels_.size();
  const auto* sharpness = find_member(*head, "sharpness");
  if (!read_numbers(*head, "bias", labels, model->bias_) || !read_numbers(*head, "scale", labels, model->scale_) ||
      sharpness == nullptr || !sharpness->is_number()) {
    return no_model("its numbers are none");
  }
  model->sharpness_ = sharpness->to_number<double>();
  if (!(model->sharpness_ > 0 && model->sharpness_ < 1e4)) return no_model("its sharpness is none");
  if (!rest.take(&count, sizeof count) ||
      rest.left() != count * (sizeof(std::uint32_t) + labels * sizeof(std::int16_t))) {
    return no_model("it is not as long as it says");
  }
  std::vector<std::uint32_t> features(count);
  model->weights_.resize(count * labels);
  if (!rest.take(features.data(), features.size() * sizeof(std::uint32_t)) ||
      !rest.take(model->weights_.data(), model->weights_.size() * sizeof(std::int16_t))) {
    return no_model("it is cut");
  }
  model->index_features(features);
  if (const auto* facts = find_member(*head, "facts"); facts != nullptr && facts->is_object())
    model->facts_ = facts->get_object();
  model->digest_ = sha256(bytes);
  return std::shared_ptr<const TaskClassifier>(std::move(model));
}

void TaskClassifier::index_features(const std::vector<std::uint32_t>& features) {
  slots_.resize(std::bit_ceil(features.size() * 2 + 2));
  const auto mask = slots_.size() - 1;
  for (std::uint32_t row = 0; row < features.size(); ++row) {
    auto at = features[row] & mask;
    while (slots_[at].row != no_row) at = (at + 1) & mask;
    slots_[at] = {features[row], row};
  }
}

std::uint32_t TaskClassifier::find_row(std::uint32_t feature) const {
  const auto mask = slots_.size() - 1;
  for (auto at = feature & mask; slots_[at].row != no_row; at = (at + 1) & mask) {
    if (slots_[at].feature == feature) return slots_[at].row;
  }
  return no_row;
}

std::vector<float> TaskClassifier::scores(std::string_view text) const {
  const auto count = labels_.size();
  std::array<std::int32_t, labels_max> sums{};
  const auto features = text_features(text);
  for (const auto feature : features) {
    const auto row = find_row(feature);
    if (row == no_row) continue;
    const auto* weights = weights_.data() + static_cast<std::size_t>(row) * count;
    for (std::size_t i = 0; i < count; ++i) sums[i] += weights[i];
  }
  // As in training: the text as a whole has length one, and what is unknown in it makes the known count less.
  const float length = features.empty() ? 0 : 1 / std::sqrt(static_cast<float>(features.size()));
  std::vector<float> scores(count);
  for (std::size_t i = 0; i < count; ++i) scores[i] = bias_[i] + static_cast<float>(sums[i]) * scale_[i] * length;
  return scores;
}

TaskClassifier::Guess TaskClassifier::guess(std::string_view text) const {
  const auto found = scores(text);
  const auto [best, probability] = likeliest(found, sharpness_);
  return {labels_[best], found == bias_ ? 0 : probability};
}

std::pair<std::size_t, double> likeliest(const std::vector<float>& scores, double sharpness) {
  const auto best = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
  double sum = 0;
  for (const auto score : scores)
    sum += std::exp((static_cast<double>(score) - static_cast<double>(scores[best])) * sharpness);
  return {best, 1 / sum};
}

}  // namespace millwright

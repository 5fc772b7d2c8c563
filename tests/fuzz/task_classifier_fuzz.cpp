// Fuzzes the files of task classifiers: whatever is taken for one gives a guess that is a label, with a probability.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/task_classifier.hpp"

using namespace millwright;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (256u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto model = TaskClassifier::parse(bytes);
  if (!model) return 0;
  for (const auto text : {std::string_view("reset my password"), std::string_view(), bytes}) {
    const auto guess = (*model)->guess(text);
    if (guess.label.empty() || !(guess.confidence >= 0 && guess.confidence <= 1)) std::abort();
  }
  return 0;
}

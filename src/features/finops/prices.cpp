#include <algorithm>

#include "features/finops/finops.hpp"

namespace millwright::finops {

Money cost_of(const TokenCounts& tokens, const ModelPrice& price) {
  CostSum sum;
  sum.add(tokens.input, price.input);
  sum.add(tokens.cache_read, price.cache_read);
  sum.add(tokens.cache_write, price.cache_write);
  sum.add(tokens.output, price.output);
  sum.add(tokens.reasoning, price.reasoning);
  return sum.rounded();
}

Money worst_case(std::int64_t input_tokens_max, std::int64_t output_tokens_max, const ModelPrice& price) {
  CostSum sum;
  sum.add(input_tokens_max, std::max({price.input, price.cache_read, price.cache_write}));
  sum.add(output_tokens_max, std::max(price.output, price.reasoning));
  return sum.ceiling();
}

PriceBook::PriceBook(std::map<std::string, ModelPrice, std::less<>> prices, ModelPrice ceiling)
    : prices_(std::move(prices)), ceiling_(std::move(ceiling)) {}

const ModelPrice& PriceBook::find(std::string_view model) const {
  const auto found = prices_.find(model);
  return found == prices_.end() ? ceiling_ : found->second;
}

}  // namespace millwright::finops

#include "extensions/graders/all.hpp"

namespace millwright::extensions {

evaluation::Graders make_graders() {
  evaluation::Graders graders;
  graders.push_back(make_answers());
  graders.push_back(make_cites());
  graders.push_back(make_contains_all());
  graders.push_back(make_contains_any());
  graders.push_back(make_max_latency_ms());
  graders.push_back(make_not_contains());
  graders.push_back(make_refuses());
  return graders;
}

}  // namespace millwright::extensions

#include "features/policy/resolve.hpp"

#include <algorithm>
#include <tuple>

namespace millwright::policy {

void sort_findings(std::vector<Finding>& findings) {
  std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
    return std::tie(a.start, b.end, b.action, b.score, a.type) < std::tie(b.start, a.end, a.action, a.score, b.type);
  });
}

std::vector<Finding> resolved(const std::vector<Finding>& sorted, std::size_t from) {
  std::vector<Finding> result;
  std::size_t reach = from;
  for (Finding finding : sorted) {
    for (auto before = result.rbegin(); before != result.rend() && before->end > finding.start; ++before) {
      if (before->action >= finding.action) continue;
      before->action = finding.action;
      before->type = finding.type;
      before->score = finding.score;
    }
    if (finding.end <= reach) continue;
    finding.start = std::max(finding.start, reach);
    reach = finding.end;
    result.push_back(finding);
  }
  return result;
}

bool append_or_extend(std::vector<Finding>& findings, const Finding& finding) {
  if (!findings.empty()) {
    Finding& last = findings.back();
    if (last.end == finding.start && last.type == finding.type && last.action == finding.action) {
      last.end = finding.end;
      last.score = std::max(last.score, finding.score);
      return true;
    }
  }
  findings.push_back(finding);
  return false;
}

void append_label(std::string& out, std::string_view type) {
  out.push_back('[');
  for (const char c : type.substr(0, type.find('.'))) {
    out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  out.push_back(']');
}

}  // namespace millwright::policy

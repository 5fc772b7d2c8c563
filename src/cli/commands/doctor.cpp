// The doctor: what can be seen from outside, then what the factory itself finds.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

using api::Check;
using api::Checks;

bool flag_at(const json::value& value, std::string_view field) {
  const auto member = member_at(value, field);
  return member.is_bool() && member.get_bool();
}

std::string text_at(const json::value& value, std::string_view field) {
  const auto member = member_at(value, field);
  return member.is_string() ? std::string(member.get_string()) : std::string();
}

Check parse_check(const json::value& value) {
  return {text_at(value, "group"), text_at(value, "name"), text_at(value, "status"),      text_at(value, "evidence"),
          text_at(value, "fix"),   text_at(value, "why"),  flag_at(value, "is_mendable"), flag_at(value, "is_mended")};
}

/// What both have looked at stands once, as it was seen first: mended already.
void add_new(Checks& checks, const json::value& report) {
  const auto more = member_at(report, "checks");
  if (!more.is_array()) return;
  for (const auto& item : more.get_array()) {
    auto check = parse_check(item);
    const bool is_known = std::ranges::any_of(
        checks, [&](const Check& known) { return known.group == check.group && known.name == check.name; });
    if (!is_known) checks.push_back(std::move(check));
  }
}

void print(const Output& out, const Check& check) {
  const auto word = fmt::format("{:<8}", check.is_mended ? "mended" : check.status);
  const auto mark = check.status == "ok"        ? out.green(word)
                    : check.status == "failure" ? out.red(word)
                                                : out.yellow(word);
  out.line(fmt::format("{} {:<10} {}: {}", mark, check.group, check.name, printable_lines(check.evidence)));
  if (check.status == "ok") return;
  if (!check.why.empty()) out.line("           why:  " + check.why);
  if (check.fix.empty()) return;
  out.line(
      fmt::format("           mend: {}{}", check.fix, check.is_mendable ? "   (or: millwright doctor --fix)" : ""));
}

Result<int> doctor(Context& context, const Arguments& arguments) {
  const auto& target = context.target();
  const auto repair = arguments.has("--fix") ? api::Repair::Mend : api::Repair::Report;
  Examination seen;
  if (target.url.empty()) seen = context.host().examine(target.places, repair);
  const bool is_reachable = !target.url.empty() || is_served(target.places.data / "control.sock");
  if (is_reachable || seen.can_open) {
    auto report = repair == api::Repair::Mend ? context.post("/api/v1/doctor/fix") : context.get("/api/v1/doctor");
    if (!report && !target.url.empty()) return pass(report);
    if (report) {
      add_new(seen.checks, *report);
    } else {
      seen.checks.push_back({"system", "factory", "failure", report.error().message, report.error().fix,
                             "commands and the next start meet the same"});
    }
  } else {
    seen.checks.push_back(
        {"system", "factory", "skipped", "not opened: it could not be, or would change the data", {}, {}});
  }
  const auto status = api::worst_status(seen.checks);
  context.out().json(json::value(api::to_json(seen.checks)));
  for (const auto& check : seen.checks) print(context.out(), check);
  return status == "failure" ? 1 : 0;
}

}  // namespace

Commands doctor_commands() {
  return {{"doctor",
           "",
           "Foresee trouble: what, why, and how to mend it. Exit 1: a failure.",
           {flag("--fix",
                 "Mend what can be mended without risk: modes, missing directories, leftovers of dead processes.")},
           {"millwright doctor --data /var/lib/millwright", "millwright doctor --fix"},
           doctor}};
}

}  // namespace millwright::cli

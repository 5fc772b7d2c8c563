#include "cli/litellm/report.hpp"

#include <algorithm>
#include <set>

#include "cli/output.hpp"

namespace millwright::cli::litellm {

namespace {

std::size_t count(const Imported& imported, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(imported.entries, verdict, &Entry::verdict));
}

json::object entry_json(const Entry& entry) {
  json::object object{{"file", entry.where.source},
                      {"line", entry.where.line},
                      {"path", entry.where.field},
                      {"status", verdict_name(entry.verdict)}};
  if (!entry.target.empty()) object["target"] = entry.target;
  if (!entry.note.empty()) object["note"] = entry.note;
  if (!entry.advice.empty()) object["advice"] = entry.advice;
  return object;
}

json::object key_json(const PlannedKey& key) {
  json::object object{{"name", key.name}};
  for (const auto& [name, value] :
       {std::pair("old", &key.old_name), std::pair("use_case", &key.use_case), std::pair("team", &key.team),
        std::pair("user", &key.user), std::pair("budget", &key.budget), std::pair("rpm", &key.rpm),
        std::pair("tpm", &key.tpm), std::pair("expires", &key.expires)}) {
    if (!value->empty()) object[name] = *value;
  }
  if (!key.notes.empty()) object["notes"] = json::value_from(key.notes);
  return object;
}

void add_entries(std::string& text, const Imported& imported, Verdict verdict, std::string_view title) {
  const auto number = count(imported, verdict);
  if (number == 0) return;
  text += fmt::format("\n{} ({})\n", title, number);
  for (const auto& entry : imported.entries) {
    if (entry.verdict != verdict) continue;
    text += fmt::format("  {}:{} {}", entry.where.source, entry.where.line, printable_lines(entry.where.field));
    if (!entry.target.empty()) text += " -> " + printable_lines(entry.target);
    if (!entry.note.empty()) text += ": " + printable_lines(entry.note);
    if (!entry.advice.empty()) text += ". " + printable_lines(entry.advice);
    text += '\n';
  }
}

/// Each variable once, with all that need it.
void add_variables(std::string& text, const Imported& imported) {
  std::set<std::string> names;
  for (const auto& variable : imported.variables) {
    if (!names.insert(variable.name).second) continue;
    if (names.size() == 1) text += "\nSet in the environment of the server\n";
    text += fmt::format("  {}{}\n", printable_lines(variable.name),
                        variable.was_literal
                            ? fmt::format(" (the value stands in {}:{})", variable.where.source, variable.where.line)
                            : "");
  }
}

std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'')
      result += "'\\''";
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
      result += c;
  }
  return result + "'";
}

}  // namespace

json::object to_json(const Imported& imported) {
  json::array entries, assumed, variables, keys;
  for (const auto& entry : imported.entries) entries.emplace_back(entry_json(entry));
  for (const auto& assumption : imported.assumptions)
    assumed.emplace_back(json::object{{"target", assumption.target}, {"why", assumption.why}});
  for (const auto& variable : imported.variables) {
    variables.emplace_back(json::object{{"name", variable.name},
                                        {"file", variable.where.source},
                                        {"line", variable.where.line},
                                        {"was_literal", variable.was_literal}});
  }
  for (const auto& key : imported.keys) keys.emplace_back(key_json(key));
  return {{"counts", json::object{{"taken_over", count(imported, Verdict::TakenOver)},
                                  {"changed", count(imported, Verdict::Changed)},
                                  {"no_counterpart", count(imported, Verdict::NoCounterpart)}}},
          {"entries", std::move(entries)},
          {"assumed", std::move(assumed)},
          {"variables", std::move(variables)},
          {"keys", std::move(keys)}};
}

std::string render_report(const Imported& imported) {
  auto text = fmt::format("{} values of the source: {} taken over, {} changed, {} without a counterpart\n",
                          imported.entries.size(), count(imported, Verdict::TakenOver),
                          count(imported, Verdict::Changed), count(imported, Verdict::NoCounterpart));
  add_entries(text, imported, Verdict::NoCounterpart, "No counterpart");
  add_entries(text, imported, Verdict::Changed, "Changed");
  add_entries(text, imported, Verdict::TakenOver, "Taken over");
  if (!imported.assumptions.empty()) text += "\nNot said by the source\n";
  for (const auto& assumption : imported.assumptions)
    text += fmt::format("  {}: {}\n", assumption.target, assumption.why);
  add_variables(text, imported);
  if (!imported.keys.empty())
    text += fmt::format("\n{} keys to make anew (LiteLLM keeps digests only)\n", imported.keys.size());
  for (const auto& key : imported.keys) {
    text += fmt::format("  {}{}: {}\n", key.name,
                        key.old_name.empty() ? "" : fmt::format(" for {}", printable_lines(key.old_name)),
                        key.use_case.empty() ? "every use case" : key.use_case);
    for (const auto& note : key.notes) text += fmt::format("    {}\n", note);
  }
  return text;
}

std::string render_key_script(const Imported& imported) {
  if (imported.keys.empty()) return {};
  std::string text =
      "#!/bin/sh\n"
      "# Makes the keys of the imported LiteLLM proxy anew, once the imported configuration is in force. Each key is "
      "shown\n"
      "# this once: the answers go to keys.jsonl. Arguments go to millwright, as in: ./create-keys.sh --data "
      "/var/lib/millwright\n"
      "set -eu\n"
      "umask 077\n";
  for (const auto& key : imported.keys) {
    for (const auto& note : key.notes) text += fmt::format("# {}\n", note);
    if (!key.old_name.empty()) text += fmt::format("# in the place of {}\n", shell_quoted(key.old_name));
    text += fmt::format("millwright key create --name {}", shell_quoted(key.name));
    for (const auto& [option, value] :
         {std::pair("--use-case", &key.use_case), std::pair("--team", &key.team), std::pair("--user", &key.user),
          std::pair("--budget", &key.budget), std::pair("--rpm", &key.rpm), std::pair("--tpm", &key.tpm),
          std::pair("--expires", &key.expires)}) {
      if (!value->empty()) text += fmt::format(" {} {}", option, shell_quoted(*value));
    }
    text += " --json \"$@\" >> keys.jsonl\n";
  }
  return text + "echo \"the new keys are in keys.jsonl\"\n";
}

}  // namespace millwright::cli::litellm

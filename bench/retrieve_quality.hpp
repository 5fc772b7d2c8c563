// Retrieval quality on labelled public data, when a folder with it is at hand: do chunks hold the answers, does the
// ranking put the right passages first.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "features/retrieval/access.hpp"
#include "features/retrieval/index_reader.hpp"
#include "features/retrieval/index_writer.hpp"
#include "features/retrieval/terms.hpp"
#include "features/retrieval/text_pieces.hpp"
#include "tests/fakes/documents.hpp"

namespace millwright::bench {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// One index over all documents of `documents`, in a directory that must not exist.
inline std::shared_ptr<retrieval::IndexReader> index_all(const fakes::Documents& documents,
                                                         const std::filesystem::path& directory, std::int64_t words) {
  auto writer = retrieval::IndexWriter::create(directory / "build", words);
  if (!writer) throw std::runtime_error(writer.error().message);
  for (const curation::Member& member : documents.members()) {
    const auto document = documents.load(member.document);
    const auto parsed = documents.load_parsed(*document);
    if (!(*writer)->add(*document, *parsed)) throw std::runtime_error("cannot add a document");
  }
  if (const auto made = (*writer)->publish(directory / "index"); !made) throw std::runtime_error(made.error().message);
  return std::move(*retrieval::IndexReader::open(directory / "index"));
}

inline std::vector<retrieval::ScoredChunk> search(const fakes::Documents& documents, retrieval::IndexReader& reader,
                                                  std::string question, std::size_t top) {
  const retrieval::SearchRequest request{.text = std::move(question), .top = top};
  retrieval::CurrentAccess access(documents, request);
  auto found = reader.search(request, access);
  if (!found) throw std::runtime_error(found.error().message);
  return std::move(found->chunks);
}

/// RFC 4180: quoted fields with doubled quotes and line breaks.
inline std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& field = rows.back().back();
    if (is_quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') field += text[++i];
    else if (c == '"') is_quoted = !is_quoted;
    else if (!is_quoted && c == ',') rows.back().emplace_back();
    else if (!is_quoted && c == '\n') rows.emplace_back(1);
    else if (is_quoted || c != '\r') field += c;
  }
  return rows;
}

/// Plain text as far as it matters here: every line a paragraph, "# " and "= " lines headings, lines with bars a table.
inline ingestion::ParsedDocument parse_plain(const std::string& text) {
  using ingestion::BlockKind;
  ingestion::ParsedDocument parsed;
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view bare = trimmed(line);
    if (bare.empty()) continue;
    const bool is_heading = bare.starts_with("# ") || bare.starts_with("## ") || (bare.starts_with("= ") && bare.ends_with(" ="));
    const bool is_row = bare.find(" | ") != std::string_view::npos;
    if (is_heading) parsed.blocks.push_back({.kind = BlockKind::Heading, .level = 2, .text = std::string(bare)});
    if (is_row && !parsed.blocks.empty() && parsed.blocks.back().kind == BlockKind::Table) {
      parsed.blocks.back().text += "\n" + std::string(bare);
    } else {
      // A heading's words stay in the text too: a gold span may hold them.
      parsed.blocks.push_back({.kind = is_row ? BlockKind::Table : BlockKind::Paragraph, .text = std::string(bare)});
    }
  }
  return parsed;
}

struct Span {
  std::size_t start = 0, end = 0;
};
/// Share of `gold` that `found` covers.
inline double covered(const Span& gold, const std::vector<Span>& found) {
  std::vector<bool> seen(gold.end - gold.start);
  for (const Span& span : found) {
    for (std::size_t i = std::max(span.start, gold.start); i < std::min(span.end, gold.end); ++i) seen[i - gold.start] = true;
  }
  return static_cast<double>(std::ranges::count(seen, true)) / static_cast<double>(seen.size());
}

/// Texts are compared without their white space, which chunks arrange anew.
inline std::string without_space(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c))) out += c;
  }
  return out;
}

inline void measure_chunking(const std::filesystem::path& data, const std::filesystem::path& scratch, std::int64_t words) {
  fakes::Documents documents;
  std::map<std::string, std::string> corpora;
  std::map<Id, std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(data / "corpora")) {
    const std::string text = read_file(entry.path()), name = entry.path().stem().string();
    corpora[name] = without_space(text);
    names[documents.add(name, parse_plain(text))] = name;
  }
  const auto reader = index_all(documents, scratch / fmt::format("chunking{}", words), words);
  const auto rows = parse_csv(read_file(data / "questions_df.csv"));
  double questions = 0, all_found = 0, spans = 0, recall = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != 3) continue;
    std::map<std::string, std::vector<Span>> found;
    std::size_t budget = 1'000;
    for (const auto& [chunk, score] : search(documents, *reader, rows[i][0], 40)) {
      const std::size_t size = retrieval::count_words(chunk.text);
      if (size > budget) break;
      budget -= size;
      const std::string text = without_space(chunk.text);
      if (const std::size_t at = corpora[names[chunk.document]].find(text); at != std::string::npos) {
        found[names[chunk.document]].push_back({at, at + text.size()});
      }
    }
    ++questions;
    bool is_all = true;
    const json::value references = *parse_json(rows[i][1]);
    for (const json::value& reference : references.as_array()) {
      const std::string text = without_space(reference.at("content").as_string());
      const std::size_t at = corpora[rows[i][2]].find(text);
      if (at == std::string::npos) continue;
      const double share = covered({at, at + text.size()}, found[rows[i][2]]);
      ++spans;
      recall += share;
      is_all &= share > 0.999;
    }
    all_found += is_all ? 1 : 0;
  }
  std::cout << fmt::format(R"({{"benchmark":"retrieve","case":"chunking_recall_1000_words","chunk_words":{},"questions":{},"span_recall":{:.3f},"all_spans_found":{:.3f}}})",
                           words, questions, recall / spans, all_found / questions) << std::endl;
}

inline void measure_ranking(const std::filesystem::path& file, const std::filesystem::path& scratch) {
  fakes::Documents documents;
  struct Task {
    std::string question;
    std::set<std::string> relevant;
    bool is_answerable = false;
  };
  std::vector<Task> tasks;
  std::set<std::string> known;
  std::istringstream lines(read_file(file));
  for (std::string line; std::getline(lines, line);) {
    const json::value row = *parse_json(line);
    Task task{.question = std::string(row.at("input").as_array().back().at("text").as_string())};
    for (const json::value& label : row.at("answerability").as_array()) {
      task.is_answerable |= label.as_string() == "ANSWERABLE" || label.as_string() == "PARTIAL";
    }
    for (const json::value& context : row.at("contexts").as_array()) {
      const std::string id(context.at("document_id").as_string());
      task.relevant.insert(id);
      if (!known.insert(id).second) continue;
      ingestion::ParsedDocument parsed;
      parsed.title = " ";
      parsed.blocks.push_back({.text = std::string(context.at("text").as_string())});
      documents.add(id, std::move(parsed));
    }
    if (task.is_answerable && !task.relevant.empty()) tasks.push_back(std::move(task));
  }
  const auto reader = index_all(documents, scratch / "ranking", 5'000);
  double sum = 0;
  for (const Task& task : tasks) {
    double gained = 0, ideal = 0;
    std::size_t rank = 0;
    std::set<std::string> seen;
    for (const auto& [chunk, score] : search(documents, *reader, task.question, 20)) {
      const std::string id = chunk.uri.substr(std::string("file:///docs/").size());
      if (!seen.insert(id).second || rank >= 10) continue;
      if (task.relevant.contains(id)) gained += 1 / std::log2(static_cast<double>(rank) + 2);
      ++rank;
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(10, task.relevant.size()); ++i) {
      ideal += 1 / std::log2(static_cast<double>(i) + 2);
    }
    sum += gained / ideal;
  }
  std::cout << fmt::format(R"({{"benchmark":"retrieve","case":"ndcg_at_10","questions":{},"passages":{},"ndcg_at_10":{:.3f}}})",
                           tasks.size(), known.size(), sum / static_cast<double>(tasks.size())) << std::endl;
}

}  // namespace millwright::bench

#include "base/text.hpp"
#include "features/ingestion/acl.hpp"
#include "features/ingestion/sync.hpp"

// The second half of a sync: what becomes of one item once its bytes are in.
namespace millwright::ingestion {

namespace {
constexpr std::size_t reason_bytes_max = 500;
}  // namespace

std::string error_reason(const Error& error) {
  const std::string text = error.rule.empty() ? error.message : error.rule + ": " + error.message;
  return std::string(utf8_prefix(to_valid_utf8(text), reason_bytes_max));
}

Result<void> Sync::settle(PlannedItem& planned, Taken taken, Plan& plan) {
  if (planned.is_done) return {};
  if (planned.work == Work::Refuse) return refuse(planned, planned.reason), Result<void>();
  if (planned.work == Work::None) return settle_known(planned, taken);
  if (taken.error) return settle_error(planned, *taken.error);
  if (taken.is_erased) return refuse(planned, "erased: erased on request; it is not landed again"), Result<void>();
  if (taken.is_same && planned.known) return settle_known(planned, taken);
  if (taken.is_same) {
    const auto old = std::ranges::find(plan.missing, taken.raw, [](const Landed& l) { return l.document.raw; });
    if (old != plan.missing.end()) {
      Landed landed = std::move(*old);
      plan.missing.erase(old);
      rename(planned, std::move(landed));
      return {};
    }
    // Two new files with the bytes of one that went: the first took its place, this one is a copy. Read it properly.
    IntakeContext again{connector_, dependencies_.blobs, dependencies_.runner, request_.source.contract.bytes_max,
                        true, {}, {}};
    taken = take_in(planned, again);
    if (taken.error) return settle_error(planned, *taken.error);
  }
  return settle_document(planned, std::move(taken));
}

/// Unchanged in substance: a touched file only gets its new change token.
Result<void> Sync::settle_known(PlannedItem& planned, const Taken& taken) {
  Landed& known = *planned.known;
  if (const auto revision = revised_.find(known.document.id); revision != revised_.end()) {
    known.document.verdict = revision->second.verdict;
    known.document.reason = revision->second.reason;
    known.document.superseded_by = revision->second.superseded_by;
    line(planned.item.path, known.document, known.document.verdict, known.document.reason);
  } else {
    const bool is_well = known.document.verdict == Verdict::Indexed;
    line(planned.item.path, known.document, Verdict::Unchanged,
         is_well ? std::string() : fmt::format("still {}: {}", verdict_name(known.document.verdict), known.document.reason));
  }
  const bool needs_judging = planned.work != Work::None && known.settings != settings_;
  if (needs_judging) {
    // Touched while the rules changed as well: judged anew from what was parsed.
    planned.work = Work::Curate;
    IntakeContext context{connector_, dependencies_.blobs, dependencies_.runner, 0, false, {}, {}};
    Taken reloaded = take_in(planned, context);
    if (reloaded.error) return settle_error(planned, *reloaded.error);
    return settle_document(planned, std::move(reloaded));
  }
  if (planned.work == Work::None) return {};
  known.change_token = planned.item.change_token;
  known.identity = planned.item.identity;
  known.document.bytes = taken.bytes;
  known.sync = report_.id;
  batch_->add_document(known, false);
  return {};
}

void Sync::rename(PlannedItem& planned, Landed landed) {
  const std::string old_path = landed.document.path;
  landed.document.path = planned.item.path;
  landed.document.uri = planned.item.uri;
  if (render_acl(landed.document.acl) != render_acl(planned.acl)) changed_.push_back(landed.document.id);
  landed.document.acl = planned.acl;
  landed.change_token = planned.item.change_token;
  landed.identity = planned.item.identity;
  landed.sync = report_.id;
  paths_[landed.document.id] = landed.document.path;
  line(planned.item.path, landed.document, Verdict::Unchanged, "renamed from " + old_path);
  batch_->add_document(std::move(landed), false);
}

void Sync::refuse(PlannedItem& planned, std::string reason) {
  if (!planned.known) {
    batch_->add_line({planned.item.path, Id(), Verdict::Rejected, std::move(reason)});
    return;
  }
  Landed& known = *planned.known;
  if (known.document.verdict != Verdict::Rejected) changed_.push_back(known.document.id);
  known.document.verdict = Verdict::Rejected;
  known.document.reason = reason;
  known.document.superseded_by.clear();
  known.change_token.clear();
  known.sync = report_.id;
  line(planned.item.path, known.document, Verdict::Rejected, std::move(reason));
  batch_->add_document(known, false);
}

Result<void> Sync::settle_error(PlannedItem& planned, const Error& error) {
  if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Internal) return std::unexpected(error);
  if (error.code == ErrorCode::NotFound && planned.known && planned.work == Work::Fetch) {
    planned.known->document.verdict = Verdict::Deleted;
    planned.known->document.reason = "vanished while the sync ran";
    planned.known->sync = report_.id;
    --report_.listed;
    line(planned.item.path, planned.known->document, Verdict::Deleted, planned.known->document.reason);
    changed_.push_back(planned.known->document.id);
    batch_->add_document(*planned.known, false);
    return {};
  }
  if (error.code == ErrorCode::Unavailable && planned.known) {
    // Passing trouble: what has landed stays, and the old change token makes the next sync try again.
    line(planned.item.path, planned.known->document, Verdict::Unchanged, "not read this time: " + error_reason(error));
    return {};
  }
  refuse(planned, "fetch: " + error_reason(error));
  return {};
}

Result<void> Sync::settle_document(PlannedItem& planned, Taken taken) {
  Landed landed = planned.known ? *planned.known : Landed();
  Document& document = landed.document;
  const bool is_new_content = document.raw != taken.raw || document.id.is_none();
  if (document.id.is_none()) {
    document.id = Id::generate();
    document.version = 0;
  }
  if (is_new_content) {
    ++document.version;
    document.landed = dependencies_.clock.now();
    landed.decision.clear();
  }
  document.source = request_.source.name;
  document.path = planned.item.path;
  document.uri = planned.item.uri;
  document.raw = taken.raw;
  document.bytes = taken.bytes;
  document.modified = planned.item.modified;
  document.acl = planned.acl;
  document.uses = request_.source.uses;
  document.data_class = request_.source.data_class;
  document.tags.clear();
  document.reason.clear();
  document.superseded_by.clear();
  document.verdict = Verdict::Indexed;
  document.parsed = taken.parsed_digest;
  landed.change_token = planned.item.change_token;
  landed.identity = planned.item.identity;
  landed.settings = settings_;
  landed.sync = report_.id;
  if (!taken.parsed || !*taken.parsed) {
    document.verdict = Verdict::Rejected;
    document.reason = taken.parsed ? error_reason(taken.parsed->error()) : "parse: nothing was parsed";
    document.parsed = Digest();
  } else if (auto curated = curate(landed, **taken.parsed); !curated) {
    return curated;
  }
  if (planned.known) changed_.push_back(document.id);
  paths_[document.id] = document.path;
  line(document.path, document, document.verdict, document.reason);
  batch_->add_document(std::move(landed), is_new_content);
  return {};
}

namespace {

/// The rules that need the parsed document: its kind and its language.
void apply_contract(Document& document, const Contract& contract) {
  const auto lists = [](const std::vector<std::string>& list, const std::string& name) {
    return list.empty() || std::ranges::find(list, name) != list.end();
  };
  const std::string language = to_lower_ascii(document.language.substr(0, document.language.find_first_of("-_")));
  if (!lists(contract.types, document.parser)) {
    document.verdict = Verdict::Rejected;
    document.reason = fmt::format("contract.types: {} is not among the kinds allowed", document.parser);
  } else if (!language.empty() && !lists(contract.languages, language)) {
    document.verdict = Verdict::Quarantined;
    document.reason = fmt::format("contract.languages: the document is in \"{}\"", document.language);
  }
}

}  // namespace

Result<void> Sync::curate(Landed& landed, const ParsedDocument& parsed) {
  Document& document = landed.document;
  document.title = parsed.title.empty() ? document.path.substr(document.path.rfind('/') + 1) : parsed.title;
  document.language = parsed.language;
  document.parser = parsed.parser;
  document.text = text_digest(parsed);
  // What the document says of itself outlives copying; a date yet to come is a slip.
  if (const auto stated = parse_time(parsed.updated + "T00:00:00Z"); stated && *stated <= dependencies_.clock.now()) {
    document.modified = *stated;
  }
  if (document.source == request_.source.name) apply_contract(document, request_.source.contract);
  if (hooks_.curate) {
    auto outcome = hooks_.curate(document, parsed);
    if (!outcome) return pass(outcome);
    batch_->add_save(std::move(outcome->save));
    for (Revision& revision : outcome->revisions) {
      if (const auto path = paths_.find(revision.document); path != paths_.end()) {
        batch_->add_line({path->second, revision.document, revision.verdict, revision.reason});
      }
      revised_[revision.document] = revision;
      batch_->add_revision(std::move(revision));
    }
  }
  if (landed.decision == "released" && document.verdict == Verdict::Quarantined) document.verdict = Verdict::Indexed;
  if (landed.decision == "rejected") document.verdict = Verdict::Rejected;
  if (!landed.decision.empty()) document.reason = landed.decision + " by a person: " + document.reason;
  return {};
}

}  // namespace millwright::ingestion

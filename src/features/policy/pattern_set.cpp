#include "features/policy/pattern_set.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <hs/hs.h>

namespace millwright::policy {
namespace {

struct FreeDatabase {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
struct FreeScratch {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};
using DatabasePointer = std::unique_ptr<hs_database_t, FreeDatabase>;
using ScratchPointer = std::unique_ptr<hs_scratch_t, FreeScratch>;

struct Receiver {
  PatternSet::Report report;
  void* context;
};

int pass_on(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  const auto* receiver = static_cast<const Receiver*>(context);
  receiver->report(receiver->context, id, static_cast<std::size_t>(to));
  return 0;
}

class VectorscanSet final : public PatternSet {
 public:
  VectorscanSet(DatabasePointer database, ScratchPointer prototype)
      : database_(std::move(database)), prototype_(std::move(prototype)) {}

  void scan(std::string_view text, Report report, void* context) const override {
    ensure(text.size() <= UINT32_MAX, "a text to scan is below 4 GiB");
    Receiver receiver{report, context};
    ScratchPointer scratch = borrow();
    const hs_error_t status = hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0,
                                      scratch.get(), pass_on, &receiver);
    give_back(std::move(scratch));
    ensure(status == HS_SUCCESS, "Vectorscan scans");
  }

 private:
  /// Scratch is lent, never shared: concurrent scans each hold their own, and as many are kept as were ever needed at
  /// once.
  [[nodiscard]] ScratchPointer borrow() const {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        ScratchPointer scratch = std::move(idle_.back());
        idle_.pop_back();
        return scratch;
      }
    }
    hs_scratch_t* clone = nullptr;
    ensure(hs_clone_scratch(prototype_.get(), &clone) == HS_SUCCESS, "memory for scanning");
    return ScratchPointer(clone);
  }
  void give_back(ScratchPointer scratch) const {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(scratch));
  }

  DatabasePointer database_;
  ScratchPointer prototype_;
  mutable std::mutex mutex_;
  mutable std::vector<ScratchPointer> idle_;
};

}  // namespace

Result<std::unique_ptr<PatternSet>> PatternSet::compile(std::span<const Anchor> anchors) {
  ensure(!anchors.empty(), "a pattern set has patterns");
  std::vector<const char*> expressions;
  std::vector<unsigned> flags, ids;
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    expressions.push_back(anchors[i].expression.c_str());
    flags.push_back(HS_FLAG_DOTALL | (anchors[i].is_caseless ? HS_FLAG_CASELESS : 0u));
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* fault = nullptr;
  if (hs_compile_multi(expressions.data(), flags.data(), ids.data(), static_cast<unsigned>(anchors.size()),
                       HS_MODE_BLOCK, nullptr, &database, &fault) != HS_SUCCESS) {
    const std::string which =
        fault->expression >= 0 ? anchors[static_cast<std::size_t>(fault->expression)].expression : "";
    const std::string why = fault->message;
    hs_free_compile_error(fault);
    return fail(ErrorCode::InvalidConfig, "the pattern \"{}\" does not compile: {}", which, why);
  }
  DatabasePointer owned(database);
  hs_scratch_t* scratch = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
    return fail(ErrorCode::Unavailable, "no memory for scanning");
  }
  return std::make_unique<VectorscanSet>(std::move(owned), ScratchPointer(scratch));
}

}  // namespace millwright::policy

#include "base/time_zone.hpp"

#include <algorithm>

#include <unicode/timezone.h>
#include <unicode/ucal.h>
#include <unicode/unistr.h>

namespace millwright {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

class IcuTimeZone final : public TimeZone {
 public:
  IcuTimeZone(std::string name, std::unique_ptr<icu::TimeZone> zone) : name_(std::move(name)), zone_(std::move(zone)) {}

  const std::string& name() const override { return name_; }
  CalendarSpan day_of(Timestamp time) const override {
    const auto date = date_of(time);
    return {start_of(date), start_of(date + days(1))};
  }
  CalendarSpan month_of(Timestamp time) const override {
    const year_month_day date{date_of(time)};
    const auto first = date.year() / date.month() / 1;
    return {start_of(sys_days{first}), start_of(sys_days{first + std::chrono::months(1)})};
  }

 private:
  [[nodiscard]] Duration offset_at(Timestamp time) const {
    std::int32_t raw = 0;
    std::int32_t saving = 0;
    auto status = U_ZERO_ERROR;
    const auto ms = std::chrono::floor<Duration>(time.time_since_epoch()).count();
    zone_->getOffset(static_cast<UDate>(ms), 0, raw, saving, status);
    return U_SUCCESS(status) != 0 ? Duration(raw + saving) : Duration(0);
  }
  /// The local date, written as if it were one in UTC.
  [[nodiscard]] sys_days date_of(Timestamp time) const { return std::chrono::floor<days>(time + offset_at(time)); }
  [[nodiscard]] Timestamp start_of(sys_days date) const {
    const Timestamp midnight(date);
    const Timestamp by_later = midnight - offset_at(midnight + days(1));
    const Timestamp by_earlier = midnight - offset_at(midnight - days(1));
    const auto begins_date = [&](Timestamp time) {
      return date_of(time) >= date && date_of(time - std::chrono::microseconds(1)) < date;
    };
    const auto [first, second] = std::minmax(by_later, by_earlier);
    return begins_date(first) ? first : second;
  }

  std::string name_;
  std::unique_ptr<icu::TimeZone> zone_;
};

}  // namespace

Result<std::shared_ptr<const TimeZone>> TimeZone::find(std::string_view name) {
  const icu::StringPiece text(name.data(), static_cast<std::int32_t>(name.size()));
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(text)));
  if (!zone || name == UCAL_UNKNOWN_ZONE_ID || *zone == icu::TimeZone::getUnknown()) {
    auto error = fail(ErrorCode::InvalidInput, "there is no time zone \"{}\"", name);
    error.error().fix = "Use a name of the IANA database, as in UTC or Europe/Berlin.";
    return error;
  }
  return std::make_shared<const IcuTimeZone>(std::string(name), std::move(zone));
}

}  // namespace millwright

// Calendar days and months as people in one place count them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"

namespace millwright {

/// A span [start, end) of one calendar day or month.
struct CalendarSpan {
  Timestamp start, end;
};

/// A zone of the IANA database, as "Europe/Berlin"; its rules come with the program. Immutable.
class TimeZone {
 public:
  virtual ~TimeZone() = default;
  /// InvalidInput for a name that the database does not know.
  [[nodiscard]] static Result<std::shared_ptr<const TimeZone>> find(std::string_view name);
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// The calendar day or month that holds `time`. A day begins at the first moment of its date, also where clocks are
  /// changed at midnight.
  [[nodiscard]] virtual CalendarSpan day_of(Timestamp time) const = 0;
  [[nodiscard]] virtual CalendarSpan month_of(Timestamp time) const = 0;
};

}  // namespace millwright

// What a kind of source must offer: a listing and the bytes. One file a kind in extensions/connectors.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace millwright::ingestion {

/// Who may read a document: an allow set minus a deny set of principals ("everyone", "group:it", "user:ana").
/// Empty allow: nobody.
struct Acl {
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  bool operator==(const Acl&) const = default;
};

/// True when everybody `inner` lets in is let in by `outer` too, as far as names tell.
[[nodiscard]] bool covers(const Acl& outer, const Acl& inner);

/// One item as the source lists it.
struct SourceItem {
  std::string path;          // stable within the source
  std::string uri;           // for people: "file:///…"
  std::uint64_t bytes = 0;
  Timestamp modified;
  std::string change_token;  // equal tokens: unchanged (mtime_ns, size, inode for files)
  std::optional<Acl> acl;    // when the source knows; else that of the source's configuration
  std::string identity;      // equal for the same object under another name (inode, size, mtime), or empty
  std::string refused;       // why the source will not give it (a link that leaves the folder), or empty
};

class Connector {
 public:
  virtual ~Connector() = default;
  /// Calls `visit` for every item, in any order; stops at its first error. Blocking. An item that cannot be listed is
  /// an error of the whole listing: a partial listing must never look like deletions.
  [[nodiscard]] virtual Result<void> list(const std::function<Result<void>(SourceItem)>& visit) = 0;
  /// The bytes of an item. TooLarge beyond `bytes_max`. NotFound when it has gone since.
  [[nodiscard]] virtual Result<std::string> fetch(const SourceItem& item, std::uint64_t bytes_max) = 0;
  /// Waits until something may have changed, `timeout` passed, or wake() was called; true when something may have.
  [[nodiscard]] virtual bool wait_for_change(Duration timeout) = 0;
  virtual void wake() = 0;
};

}  // namespace millwright::ingestion

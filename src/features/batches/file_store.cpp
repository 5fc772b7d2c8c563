#include "features/batches/file_store.hpp"

#include <set>

#include "base/text.hpp"
#include "features/batches/batches_sql.hpp"

namespace millwright::batches {
namespace {

namespace fs = std::filesystem;

std::string context_of(std::string_view id, std::string_view scope) { return fmt::format("file:{}:{}", id, scope); }

FileRecord record_of(const store::Row& row) {
  FileRecord file;
  file.id = row.text(0);
  file.scope = row.text(1);
  file.purpose = row.text(2);
  file.filename = row.text(3);
  file.bytes = static_cast<std::uint64_t>(row.integer(4));
  file.created = row.time(5);
  if (row.integer(6) > 0) file.expires = row.time(6);
  file.node = row.text(7);
  return file;
}

std::unexpected<Error> not_found(std::string_view id, std::string_view field) {
  auto error = fail(ErrorCode::NotFound, "there is no file \"{}\"", utf8_prefix(to_valid_utf8(id), 80));
  error.error().where.field = field;
  error.error().fix = "It has been deleted, is past its time, or is another's.";
  return error;
}

}  // namespace

json::object to_json(const FileRecord& file) {
  json::object shown{{"id", file.id},
                     {"object", "file"},
                     {"bytes", file.bytes},
                     {"created_at", to_micros(file.created) / 1'000'000},
                     {"filename", file.filename},
                     {"purpose", file.purpose},
                     {"status", "processed"}};
  if (file.expires) shown["expires_at"] = to_micros(*file.expires) / 1'000'000;
  return shown;
}

void FileStore::replace_settings(const FileSettings& settings) {
  settings_.store(std::make_shared<const FileSettings>(settings));
}

fs::path FileStore::path_of(const std::string& id) const { return parts_.directory / id.substr(id.size() - 2) / id; }

std::unique_ptr<NewFile> FileStore::make(std::string scope) const {
  const auto id = "file-" + Id::generate().text();
  auto context = context_of(id, scope);
  return std::unique_ptr<NewFile>(new NewFile{id, std::move(scope), {path_of(id), std::move(context), *parts_.vault}});
}

Result<void> FileStore::check_room(std::uint64_t bytes) {
  auto sum = parts_.database->select(sql::sum_files, {parts_.node});
  if (!sum) return pass(sum);
  const auto total_max = settings().total_max;
  if (static_cast<std::uint64_t>(sum->front().integer(0)) + bytes <= total_max) return {};
  auto error = fail(ErrorCode::TooLarge, "there is no room for a file of {}: all files together may have {}",
                    render_size(bytes), render_size(total_max));
  error.error().rule = "files.total";
  error.error().where.field = "file";
  error.error().fix = "Delete files that are no longer needed.";
  return error;
}

Result<FileRecord> FileStore::keep(NewFile& file, std::string purpose, std::string filename,
                                   std::optional<Duration> expires_after) {
  FileRecord record;
  record.id = file.id;
  record.scope = file.scope;
  record.purpose = std::move(purpose);
  record.filename = std::move(filename);
  record.node = parts_.node;
  record.bytes = file.writer.size();
  record.created = parts_.clock->now();
  const auto time = expires_after.value_or(settings().retention);
  if (time > Duration(0)) record.expires = record.created + time;
  auto room = check_room(record.bytes);
  if (!room) return pass(room);
  auto finished = file.writer.finish(parts_.durability);
  if (!finished) return pass(finished);
  const store::Values values{record.id,       record.scope,
                             record.node,     record.purpose,
                             record.filename, static_cast<std::int64_t>(record.bytes),
                             to_micros(record.created), record.expires ? to_micros(*record.expires) : 0};
  auto inserted = parts_.writer->run([values](store::Session& session) -> Result<void> {
    auto done = session.execute(sql::insert_file, values);
    if (!done) return pass(done);
    return {};
  });
  if (!inserted) return pass(inserted);
  return record;
}

Result<FileRecord> FileStore::load(const std::string& id, const std::string& scope) {
  if (first_invalid_utf8(id) || id.find('\0') != std::string::npos) return not_found(id, "file_id");
  auto rows = parts_.database->select(sql::find_file, {id, scope, scope});
  if (!rows) return pass(rows);
  if (rows->empty()) return not_found(id, "file_id");
  auto file = record_of(rows->front());
  if (file.expires && *file.expires <= parts_.clock->now()) return not_found(id, "file_id");
  return file;
}

Result<FilePage> FileStore::list(const FileQuery& query) {
  auto edge = query.is_ascending ? Timestamp{} : Timestamp::max();
  if (!query.after.empty()) {
    auto after = load(query.after, query.scope);
    if (!after) {
      after.error().where.field = "after";
      return pass(after);
    }
    edge = after->created;
  }
  // Those of the same microsecond as `after` come again and are left out below; there are hardly more than one.
  const auto count = static_cast<std::int64_t>(query.limit + 65);
  auto rows = parts_.database->select(query.is_ascending ? sql::list_files_upwards : sql::list_files,
                                      {query.scope, query.purpose, query.purpose, to_micros(edge), count});
  if (!rows) return pass(rows);
  FilePage page;
  bool is_behind = query.after.empty();
  for (const auto& row : *rows) {
    auto file = record_of(row);
    if (!is_behind) {
      is_behind = file.id == query.after;
      continue;
    }
    if (file.expires && *file.expires <= parts_.clock->now()) continue;
    if (page.files.size() == query.limit) {
      page.has_more = true;
      break;
    }
    page.files.push_back(std::move(file));
  }
  return page;
}

Result<void> FileStore::remove(const FileRecord& file) {
  auto removed = parts_.writer->run([id = file.id](store::Session& session) -> Result<void> {
    auto done = session.execute(sql::remove_file, {id});
    if (!done) return pass(done);
    return {};
  });
  if (!removed) return removed;
  std::error_code failed;
  if (file.node == parts_.node) fs::remove(path_of(file.id), failed);
  if (failed) return fail(ErrorCode::Unavailable, "cannot remove the bytes of {}: {}", file.id, failed.message());
  return {};
}

Result<store::SealedFileReader> FileStore::read(const FileRecord& file) const {
  if (file.node != parts_.node) return fail(ErrorCode::Unavailable, "another node has the bytes of {}", file.id);
  return store::SealedFileReader::open(path_of(file.id), context_of(file.id, file.scope), *parts_.vault);
}

Result<std::int64_t> FileStore::drop_expired() {
  auto rows = parts_.database->select(sql::expired_files, {parts_.node, to_micros(parts_.clock->now())});
  if (!rows) return pass(rows);
  for (const auto& row : *rows) {
    FileRecord file;
    file.id = row.text(0);
    file.node = parts_.node;
    auto removed = remove(file);
    if (!removed) return pass(removed);
  }
  return static_cast<std::int64_t>(rows->size());
}

Result<void> FileStore::remove_orphans() {
  auto rows = parts_.database->select(sql::known_files, {parts_.node});
  if (!rows) return pass(rows);
  std::set<std::string, std::less<>> known;
  for (const auto& row : *rows) known.insert(row.text(0));
  std::error_code failed;
  std::vector<fs::path> orphans;
  for (fs::recursive_directory_iterator entry(parts_.directory, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->is_regular_file() && !known.contains(entry->path().filename().string())) orphans.push_back(entry->path());
  }
  for (const auto& path : orphans) fs::remove(path, failed);
  return {};
}

}  // namespace millwright::batches

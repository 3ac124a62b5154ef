#include "core/commands/uploads.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

namespace jackfield::commands {

namespace {

Status append(const std::string& path, std::string_view chunk) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(chunk.data(), static_cast<std::streamsize>(chunk.size()));
  file.close();
  if (!file) {
    return Error{ErrorCode::internal, "can't write " + path};
  }
  return Done{};
}

}  // namespace

Result<Uploads::Progress> Uploads::add(const std::string& upload, const std::string& new_path,
                                       std::uint64_t offset, std::uint64_t total,
                                       std::string_view chunk) {
  const std::lock_guard lock(mutex_);
  drop_idle();
  std::string name = upload;
  if (name.empty()) {
    if (uploads_.size() >= kUploadsMax) {
      return Error{ErrorCode::throttled, "too many uploads are under way; try again in a minute"};
    }
    name = "u" + std::to_string(++count_);
    uploads_[name] = Upload{new_path, 0, total, clock_.monotonic()};
  }
  const auto found = uploads_.find(name);
  if (found == uploads_.end()) {
    return Error{ErrorCode::not_found,
                 "no upload " + name + "; it may have been dropped: begin again"};
  }
  Upload& current = found->second;
  if (total != current.total || offset > current.received || chunk.empty() ||
      offset + chunk.size() > current.total) {
    return Error{ErrorCode::invalid,
                 "the chunk does not follow: " + std::to_string(current.received) + " of " +
                     std::to_string(current.total) + " bytes are here"};
  }
  if (offset + chunk.size() > current.received) {
    JACKFIELD_TRY(const Done written,
                  append(current.path, chunk.substr(current.received - offset)));
    static_cast<void>(written);
    current.received = offset + chunk.size();
  }
  current.touched = clock_.monotonic();
  Progress progress;
  progress.upload = name;
  progress.received = current.received;
  progress.is_complete = current.received == current.total;
  if (progress.is_complete) {
    progress.path = std::move(current.path);
    uploads_.erase(found);
  }
  return progress;
}

void Uploads::drop_idle() {
  const auto now = clock_.monotonic();
  for (auto at = uploads_.begin(); at != uploads_.end();) {
    if (now - at->second.touched < kIdleMax) {
      ++at;
      continue;
    }
    std::remove(at->second.path.c_str());
    at = uploads_.erase(at);
  }
}

}  // namespace jackfield::commands

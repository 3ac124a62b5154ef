#include "core/media/media_jobs.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/failpoint.h"
#include "core/base/log.h"
#include "core/model/event_data.h"

namespace jackfield::media {

namespace log = base::log;
using model::AttachmentState;
using model::Part;
using store::MediaJob;

namespace {
constexpr std::chrono::milliseconds kDelayFirst{2'000};
constexpr std::chrono::milliseconds kDelayMax{6 * 3600 * 1000};
constexpr std::chrono::milliseconds kPollMax{60'000};
constexpr int kJobsPerLook = 256;
}  // namespace

std::chrono::milliseconds fetch_delay_after(int attempts) {
  std::chrono::milliseconds delay = kDelayFirst;
  for (int i = 1; i < attempts && delay < kDelayMax; ++i) {
    delay *= 4;
  }
  return std::min(delay, kDelayMax);
}

MediaJobs::MediaJobs(store::Store& store, MediaFiles& files, const base::Clock& clock,
                     Actions actions)
    : store_(store), files_(files), clock_(clock), actions_(std::move(actions)) {}

void MediaJobs::wake() {
  const Status asked = store_.read([this](store::Reader& reader) { start_due(reader); });
  if (!asked) {
    actions_.wake_later(kDelayFirst);
  }
}

void MediaJobs::start_due(store::Reader& reader) {
  const model::UnixMs now = clock_.unix_ms();
  std::chrono::milliseconds next = kPollMax;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(under_way_, [oldest = clock_.monotonic() - kFetchTimeMax](const auto& entry) {
      return entry.second.started < oldest;
    });
  }
  std::vector<MediaJob> due;
  bool is_full = false;
  std::int64_t after = 0;
  bool has_more = true;
  while (has_more && !is_full) {
    const std::vector<MediaJob> page = reader.media_jobs(after, kJobsPerLook);
    has_more = page.size() == static_cast<std::size_t>(kJobsPerLook);
    const std::lock_guard lock(mutex_);
    for (const MediaJob& job : page) {
      after = job.id;
      is_full = under_way_.size() >= kFetchesMax;
      if (is_full) {
        break;
      }
      if (job.not_before_ms > now) {
        next = std::min(next, std::chrono::milliseconds(job.not_before_ms - now));
      } else if (under_way_.emplace(job.id, Fetch{job, clock_.monotonic()}).second) {
        due.push_back(job);
      }
    }
  }
  for (const MediaJob& job : due) {
    actions_.fetch(job);
  }
  if (after != 0 && !is_full) {
    actions_.wake_later(next);
  }
}

Result<MediaJobs::File> MediaJobs::put(std::string_view data, std::string_view) {
  JACKFIELD_TRY(const StoredFile stored, files_.put(data));
  return File{stored.id, stored.mime, stored.path, stored.size_bytes};
}

Result<MediaJobs::File> MediaJobs::find(std::string_view media_id) {
  JACKFIELD_TRY(std::string path, files_.path_of(media_id));
  File file;
  file.id = media_id;
  file.path = std::move(path);
  return file;
}

std::string MediaJobs::new_download_path() {
  return files_.new_tmp_path();
}

void MediaJobs::finish_job(std::int64_t job, const std::string& downloaded_path) {
  Result<StoredFile> kept = files_.adopt(downloaded_path);
  if (!kept) {
    const bool is_disk = kept.error().code == ErrorCode::internal;
    fail_job(job, kept.error().text, is_disk ? Again::yes : Again::no);
    return;
  }
  settle(job, [this, job, file = *std::move(kept)](store::Transaction& tx) {
    const std::optional<MediaJob> settled = fetch_of(job);
    if (!settled) {
      return;  // Given up meanwhile: it is fetched again.
    }
    store::MediaFile row;
    row.id = file.id;
    row.mime = file.mime;
    row.size_bytes = file.size_bytes;
    row.created_ms = clock_.unix_ms();
    tx.add_media_file(row);
    write_part(tx, *settled, clock_.unix_ms(), [&file](Part& part) {
      part.attachment = AttachmentState::stored;
      part.media_id = file.id;
      part.mime = file.mime;
      part.size_bytes = file.size_bytes;
      part.error.clear();
    });
    tx.remove_media_job(job);
    JACKFIELD_FAILPOINT("media.before_commit");
  });
}

void MediaJobs::fail_job(std::int64_t job, std::string_view why, Again again) {
  settle(job, [this, job, again, reason = std::string(why)](store::Transaction& tx) {
    std::optional<MediaJob> failed = fetch_of(job);
    if (!failed) {
      return;
    }
    ++failed->attempts;
    const bool is_over = again == Again::no || failed->attempts >= kFetchAttemptsMax;
    if (!is_over) {
      failed->not_before_ms = clock_.unix_ms() + fetch_delay_after(failed->attempts).count();
      tx.update_media_job(*failed);
      return;
    }
    write_part(tx, *failed, clock_.unix_ms(), [again, &reason](Part& part) {
      part.attachment = again == Again::no ? AttachmentState::refused : AttachmentState::failed;
      part.error = reason;
    });
    tx.remove_media_job(job);
  });
  log::warn("media.fetch_failed", {{"job", job}, {"reason", why}});
}

std::optional<MediaJob> MediaJobs::fetch_of(std::int64_t job) {
  const std::lock_guard lock(mutex_);
  const auto found = under_way_.find(job);
  return found != under_way_.end() ? std::optional(found->second.job) : std::nullopt;
}

void MediaJobs::settle(std::int64_t job, store::Store::Work work) {
  if (!fetch_of(job)) {
    return;  // Ended already: a plugin that answers twice changes nothing.
  }
  const auto release = [this, job] {
    const std::lock_guard lock(mutex_);
    under_way_.erase(job);
  };
  const Status taken = store_.write(std::move(work), [this, release](const Status& written) {
    release();
    if (written) {
      wake();
    } else {
      actions_.wake_later(kDelayFirst);  // The job is still in the store: it will be fetched again.
    }
  });
  if (!taken) {
    release();
    actions_.wake_later(kDelayFirst);
  }
}

void MediaJobs::write_part(store::Transaction& tx, const MediaJob& job, model::UnixMs now,
                           const std::function<void(Part&)>& change) {
  auto message = tx.message(job.message);
  const auto conversation = message ? tx.conversation(message->id.conversation) : std::nullopt;
  if (!conversation || job.part_index >= message->parts.size()) {
    return;  // Erased meanwhile.
  }
  Part& part = message->parts[job.part_index];
  change(part);
  tx.update_message(*message);
  const bool is_stored = part.attachment == AttachmentState::stored;
  tx.append_event(model::message_event(is_stored ? "jf.attachment.stored" : "jf.attachment.failed",
                                       *conversation, *message, now));
}

}  // namespace jackfield::media

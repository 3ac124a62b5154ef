#include "core/media/media_jobs.h"

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/open_store.h"

namespace jackfield::media {
namespace {

using Again = plugin_host::MediaPort::Again;

class MediaJobsTest : public testing::Test {
 protected:
  void SetUp() override {
    files = *MediaFiles::open(store.folder() + "/media");
    jobs = std::make_unique<MediaJobs>(
        *store, *files, store.clock,
        MediaJobs::Actions{[this](const store::MediaJob& job) {
                             const std::lock_guard lock(mutex);
                             asked.push_back(job);
                           },
                           [this](std::chrono::milliseconds) {  // Each look that saw a job ends so.
                             const std::lock_guard lock(mutex);
                             ++looks;
                             changed.notify_all();
                           }});
    ASSERT_TRUE(store.write([this](store::Transaction& tx) {
      bool is_new = false;
      const model::AccountId account{"loopback:a"};
      const auto conversation = tx.open_or_new_conversation(
          account, tx.know_address(account, "x:1", "Eve", 1), 1, is_new);
      model::Message message;
      message.id.conversation = conversation.id;
      message.parts.resize(1);
      message.parts[0].kind = model::PartKind::media;
      message.parts[0].attachment = model::AttachmentState::pending;
      id = tx.append_message(message);
      store::MediaJob job;
      job.account = account;
      job.message = id;
      job.media_ref = "{}";
      row = tx.add_media_job(job);
    }));
  }
  void TearDown() override { store->close(); }  // Its threads call into what is destroyed next.

  /// Looks for due jobs and waits until the look is over; how many fetches were asked for so far.
  std::size_t look() {
    std::unique_lock lock(mutex);
    const int before = looks;
    lock.unlock();
    jobs->wake();
    lock.lock();
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return looks > before; }));
    return asked.size();
  }
  std::string download(const std::string& content) {
    const std::string path = files->new_tmp_path();
    std::ofstream(path) << content;
    return path;
  }
  model::Part part() {
    return store.read([this](store::Reader& reader) { return reader.message(id)->parts[0]; });
  }
  std::size_t standing() {
    return store.read([](store::Reader& reader) { return reader.media_jobs(0, 10).size(); });
  }
  void settle() {
    EXPECT_TRUE(store.write([](store::Transaction&) {}));
  }

  test::OpenStore store;
  std::unique_ptr<MediaFiles> files;
  std::mutex mutex;
  std::condition_variable changed;
  int looks = 0;
  std::vector<store::MediaJob> asked;
  std::unique_ptr<MediaJobs> jobs;
  model::MessageId id;
  std::int64_t row = 0;
};

TEST_F(MediaJobsTest, AJobIsAskedForOnceAndItsFileBecomesTheAttachment) {
  EXPECT_EQ(look(), 1U);
  EXPECT_EQ(look(), 1U) << "it is under way already";
  jobs->finish_job(row, download("hello world"));
  settle();
  EXPECT_EQ(part().attachment, model::AttachmentState::stored);
  EXPECT_EQ(part().mime, "text/plain");
  EXPECT_EQ(part().size_bytes, 11U);
  EXPECT_EQ(standing(), 0U);
  EXPECT_EQ(store.event_types().back(), "jf.attachment.stored");
  jobs->finish_job(row, download("again"));
  settle();
  EXPECT_EQ(store.event_types().size(), 1U) << "a second answer changes nothing";
}

TEST_F(MediaJobsTest, ATypeThatIsNotAllowedIsRefusedForGood) {
  look();
  jobs->finish_job(row, download("<html><body>x</body></html>"));
  settle();
  EXPECT_EQ(part().attachment, model::AttachmentState::refused);
  EXPECT_NE(part().error.find("text/html"), std::string::npos);
  EXPECT_EQ(standing(), 0U);
}

TEST_F(MediaJobsTest, APassingFailureIsTriedAgainLater) {
  look();
  jobs->fail_job(row, "timeout", Again::yes);
  settle();
  EXPECT_EQ(part().attachment, model::AttachmentState::pending);
  const auto waiting = store.read([](store::Reader& reader) { return reader.media_jobs(0, 10); });
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].attempts, 1);
  EXPECT_GT(waiting[0].not_before_ms, store.clock.unix_ms());
}

TEST_F(MediaJobsTest, TheAttemptsEnd) {
  ASSERT_TRUE(store.write([](store::Transaction& tx) {
    auto job = tx.media_jobs(0, 1).at(0);
    job.attempts = kFetchAttemptsMax - 1;
    tx.update_media_job(job);
  }));
  look();
  jobs->fail_job(row, "timeout", Again::yes);
  settle();
  EXPECT_EQ(part().attachment, model::AttachmentState::failed);
  EXPECT_EQ(standing(), 0U);
  EXPECT_EQ(store.event_types().back(), "jf.attachment.failed");
}

TEST(FetchDelayTest, GrowsAndIsBounded) {
  EXPECT_LT(fetch_delay_after(1), fetch_delay_after(2));
  EXPECT_EQ(fetch_delay_after(50), fetch_delay_after(100));
}

}  // namespace
}  // namespace jackfield::media

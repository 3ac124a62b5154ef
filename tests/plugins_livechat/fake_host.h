#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/plugin_abi.h"

/// A host for one live-chat instance, spoken to through the C tables only. Nothing happens by
/// itself: publishes and history reads wait until the test says so.
class FakeHost {
 public:
  explicit FakeHost(std::string config = R"({"origins":["https://shop.example"]})");
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost();

  struct Message {
    std::string id, address, key, text, status, ext_json, name;
    bool is_inbound = true;
    std::vector<std::string> parts;
  };

  /// The status of create().
  jf_status status() const { return status_; }
  jf_instance* instance() { return instance_; }
  /// Replaces the instance as the host does on a swap: drain, save, create, inherit the sockets.
  void swap();

  void open(std::uint64_t socket, std::string_view origin = "https://shop.example",
            std::string_view peer = "203.0.113.7");
  void data(std::uint64_t socket, std::string_view frame, bool is_binary = false);
  /// The browser goes away.
  void hang_up(std::uint64_t socket);
  /// What was sent since the last call, oldest first.
  std::vector<std::string> take(std::uint64_t socket);

  /// Makes what was published durable and tells the plugin.
  void store_all(jf_status status = JF_OK);
  /// Answers the reads that wait, in pages of at most `page_max`.
  void answer_history(std::size_t page_max = 200);
  void answer_history_with(jf_status status);
  /// store_all() and answer_history() until nothing waits.
  void settle();
  /// What an agent writes: in the store, not delivered yet. Gives its id.
  std::string write(std::string_view visitor, std::vector<std::string> parts);
  jf_status deliver(std::string_view id, std::uint32_t part = 0, int kind = JF_PART_TEXT);
  /// write() and deliver() of every part.
  std::string say(std::string_view visitor, std::vector<std::string> parts);
  void pass(std::int64_t ms);

  template <class Table>
  const Table* table(const char* id) {
    return static_cast<const Table*>(ops_->extension(instance_, id));
  }

  std::vector<Message> messages;        ///< The store.
  std::vector<std::string> other;       ///< Receipts, typing, ends: a line each.
  std::map<std::uint64_t, int> closed;  ///< Socket -> close code.
  std::map<std::string, std::string> kv;
  std::map<std::uint64_t, std::string> tags;
  std::map<std::uint64_t, jf_status> send_status;  ///< Of sockets that take nothing.
  jf_status publish_status = JF_OK;
  std::size_t reads_max = 1'000;
  std::string last_external_id;
  std::string error;
  int drained = 0;
  std::uint64_t random_next = 1;

 private:
  struct Published {
    std::uint64_t op;
    int kind;
    std::string line;
    Message message;
  };
  struct Read {
    std::uint64_t op;
    std::string address, after;
  };
  struct Tables;
  friend struct Tables;
  void create(const jf_handover* previous);
  void answer(const Read& read, std::size_t page_max);

  std::string config_;
  jf_host host_{};
  const jf_channel_ops* ops_;
  jf_instance* instance_ = nullptr;
  jf_status status_ = JF_OK;
  std::map<std::uint64_t, std::vector<std::string>> sent_;
  std::deque<Published> published_;
  std::deque<Read> reads_;
  std::int64_t now_ms_ = 1'000'000;
};

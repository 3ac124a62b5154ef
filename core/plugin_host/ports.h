#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/ids.h"
#include "core/model/message.h"
#include "jackfield/result.h"

/// What a plugin instance reaches through its host, as interfaces: the plugin host knows the ABI
/// and the lanes, the rest of the core stands behind these. All are called on lanes (any thread)
/// and must not block, except where said.
namespace jackfield::plugin_host {

/// Same numbers as JF_INBOUND_*.
enum class InboundKind : std::uint8_t {
  other = 0,
  message = 1,
  receipt = 2,
  typing = 3,
  session_started = 4,
  session_ended = 5,
  reaction = 6,
  quarantine = 7,
  notice = 8,
  edit = 9,
  removal = 10,
  echo = 11,
};

/// One value out of a plugin, copied and checked (bounds of plugin_abi.h, valid UTF-8).
struct InboundValue {
  InboundKind kind = InboundKind::other;
  std::uint32_t flags = 0;  ///< JF_INBOUND_*
  model::MessageStatus receipt = model::MessageStatus::sent;
  std::string dedupe_key;
  std::string provider_account;  ///< Empty: the account itself.
  std::string address, display_name, external_id, correlator, reply_to;
  std::vector<model::Part> parts;
  model::UnixMs provider_ms = 0;
  std::int32_t provider_code = 0;
  std::string detail, raw, ext_json;
};

/// What arrived: the raw body and the values that the plugin found in it.
struct Arrival {
  model::AccountId account;
  std::string content_type;
  std::string raw;
  std::vector<InboundValue> values;
  std::int64_t replay_of = 0;  ///< Quarantine row that was parsed again; 0: fresh.
};

struct Stored {
  model::MessageId message;  ///< {} when the value made no message.
  bool is_duplicate = false;
  model::UnixMs time_ms = 0;
};
using OnStored =
    std::function<void(Result<std::vector<Stored>>)>;  ///< One per value, in order; any thread.

class InboundPort {
 public:
  virtual ~InboundPort() = default;
  /// Makes the arrival durable, then calls `done`. Error (no `done`): throttled when too much
  /// waits.
  virtual Status publish(Arrival arrival, OnStored done) = 0;
};

class HistoryPort {
 public:
  virtual ~HistoryPort() = default;
  using Done = std::function<void(Result<std::vector<model::Message>>)>;
  virtual Status read(model::AccountId account, std::string address, model::MessageId after,
                      int limit, Done done) = 0;
};

class MediaPort {
 public:
  virtual ~MediaPort() = default;
  struct File {
    std::string id, mime, path;
    std::uint64_t size_bytes = 0;
  };
  /// Blocks for file I/O. Error: invalid (type not allowed), rejected (too large), internal (disk).
  virtual Result<File> put(std::string_view data, std::string_view filename) = 0;
  virtual Result<File> find(std::string_view media_id) = 0;
  /// A path in the store's own tmp folder to download into.
  virtual std::string new_download_path() = 0;
  /// A finished download becomes the job's attachment; removes the file on error. Any thread;
  /// blocks for file I/O.
  virtual void finish_job(std::int64_t job, const std::string& downloaded_path) = 0;
  enum class Again : bool { no, yes };
  virtual void fail_job(std::int64_t job, std::string_view why, Again again) = 0;
};

class KvPort {
 public:
  virtual ~KvPort() = default;
  /// Blocks until read; called once per instance before create.
  virtual std::map<std::string, std::string> load(const model::AccountId& account) = 0;
  virtual void put(const model::AccountId& account, std::string key, std::string value) = 0;
};

struct Ports {
  InboundPort& inbound;
  HistoryPort& history;
  MediaPort& media;
  KvPort& kv;
};

}  // namespace jackfield::plugin_host

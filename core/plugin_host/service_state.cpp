// jf.kv, jf.history, jf.metric, jf.lifecycle
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin_host/clean_text.h"
#include "core/plugin_host/service_support.h"
#include "core/plugin_host/services.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::uint32_t kHistoryMax = 200;
constexpr std::size_t kMetricNameMax = 80;
constexpr std::chrono::minutes kHistoryKept{5};

jf_status kv_get(const jf_host* host, jf_str key, jf_sink* sink) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    const std::string name = copy_text(key, KvCache::kKeyBytesMax, "key", refusal);
    if (refusal.is_set()) {
      return refusal.status;
    }
    const auto value = generation.account->kv.get(name);
    return value ? write_to(sink, *value) : JF_E_NOT_FOUND;
  });
}

jf_status kv_put(const jf_host* host, jf_str key, jf_bytes value) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    std::string name = copy_text(key, KvCache::kKeyBytesMax, "key", refusal);
    std::string bytes = copy_bytes(value, KvCache::kValueBytesMax, "value", refusal);
    if (refusal.is_set()) {
      return refusal.status;
    }
    if (name.empty()) {
      return JF_E_INVALID;
    }
    return generation.account->kv.put(std::move(name), std::move(bytes)) ? JF_OK : JF_E_TOO_LARGE;
  });
}

/// jf_history_entry list over messages; points into them.
class HistoryView {
 public:
  explicit HistoryView(const std::vector<model::Message>& messages) {
    ids_.reserve(messages.size());
    parts_.reserve(messages.size());
    for (const model::Message& message : messages) {
      ids_.push_back(message.id.text());
      std::vector<jf_part>& parts = parts_.emplace_back();
      for (const model::Part& part : message.parts) {
        jf_part& out = parts.emplace_back();
        out.kind = static_cast<std::int32_t>(part.kind);
        out.text = str_of(part.text);
        out.media_id = str_of(part.media_id);
        out.media_kind = str_of(part.media_kind);
        out.mime = str_of(part.mime);
        out.filename = str_of(part.filename);
        out.media_size = part.size_bytes;
        out.json = str_of(part.json);
      }
      jf_history_entry entry{};
      entry.message_id = str_of(ids_.back());
      entry.direction = message.direction == model::Direction::inbound ? JF_DIRECTION_INBOUND
                                                                       : JF_DIRECTION_OUTBOUND;
      entry.part_total = static_cast<std::uint32_t>(message.parts.size());
      entry.correlator = str_of(message.dedupe_key);
      entry.status = str_of(model::name_of(message.status));
      entry.unix_ms = message.created_ms;
      entry.parts = parts.data();
      entry.part_count = parts.size();
      entry.part_stride = sizeof(jf_part);
      entries_.push_back(entry);
    }
  }
  HistoryView(const HistoryView&) = delete;
  HistoryView& operator=(const HistoryView&) = delete;
  [[nodiscard]] const std::vector<jf_history_entry>& entries() const { return entries_; }

 private:
  std::vector<std::string> ids_;
  std::vector<std::vector<jf_part>> parts_;
  std::vector<jf_history_entry> entries_;
};

void tell_history(const std::shared_ptr<Generation>& generation, std::uint64_t op,
                  std::uint32_t limit, Result<std::vector<model::Message>> result) {
  if (!generation->history_reads.take(op)) {
    return;
  }
  const auto kept = std::make_shared<Result<std::vector<model::Message>>>(std::move(result));
  generation->lane.post_owed("on_history", [generation, op, limit, kept] {
    if (generation->instance() == nullptr) {
      return;
    }
    const auto* receiver = generation->receivers.history;
    if (!kept->has_value()) {
      receiver->on_history(generation->instance(), op, JF_E_TRANSIENT, nullptr, 0,
                           sizeof(jf_history_entry), 0);
      return;
    }
    const bool has_more = (*kept)->size() > limit;
    if (has_more) {
      (*kept)->resize(limit);
    }
    const HistoryView view(**kept);
    receiver->on_history(generation->instance(), op, JF_OK, view.entries().data(),
                         view.entries().size(), sizeof(jf_history_entry), has_more ? 1 : 0);
  });
}

jf_status history_read(const jf_host* host, std::uint64_t op, jf_str address, jf_str after,
                       std::uint32_t limit) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    std::string who = copy_text(address, model::kIdBytesMax, "address", refusal);
    const std::string after_text =
        copy_text(after, model::kIdBytesMax, "after_message_id", refusal);
    const auto after_id = after_text.empty() ? std::optional(model::MessageId{})
                                             : model::MessageId::parse(after_text);
    if (refusal.is_set() || !after_id || limit == 0 || limit > kHistoryMax) {
      return JF_E_INVALID;
    }
    if (!JF_HAS(generation.receivers.history, on_history)) {
      return JF_E_UNSUPPORTED;
    }
    if (!generation.history_reads.add(op, 0, generation.now() + kHistoryKept)) {
      return JF_E_BUSY;
    }
    // One more than asked for tells whether there are more.
    const Status taken = generation.environment.ports.history.read(
        generation.account->id, std::move(who), *after_id, static_cast<int>(limit) + 1,
        [weak = generation.weak_from_this(), op,
         limit](Result<std::vector<model::Message>> result) {
          if (const auto self = weak.lock()) {
            tell_history(self, op, limit, std::move(result));
          }
        });
    if (!taken) {
      generation.history_reads.take(op);
      return taken.error().code == ErrorCode::throttled ? JF_E_BUSY : JF_E_TRANSIENT;
    }
    return JF_OK;
  });
}

void metric_add(const jf_host* host, std::int32_t kind, jf_str name, double value) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    const std::string text = copy_text(name, kMetricNameMax, "name", refusal);
    const bool is_name =
        !text.empty() &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    if (refusal.is_set() || !is_name || !std::isfinite(value)) {
      return JF_E_INVALID;
    }
    return generation.account->add_to_metric(text, value, kind == JF_METRIC_GAUGE) ? JF_OK
                                                                                   : JF_E_TOO_LARGE;
  });
}

void lifecycle_identify(const jf_host* host, jf_str provider_account_id) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    std::string id =
        copy_text(provider_account_id, model::kIdBytesMax, "provider_account_id", refusal);
    if (!generation.is_creating() || refusal.is_set() || id.empty()) {
      base::log::warn("plugin.identify_refused", {{"account", generation.account->id.text}});
      return JF_E_INVALID;
    }
    return generation.account->identify(std::move(id)) ? JF_OK : JF_E_TOO_LARGE;
  });
}

std::string sentence(Generation& generation, jf_str why) {
  Refusal ignored;
  return generation.account->without_secrets(
      clean_line(copy_text(why, model::kTextBytesMax, "why", ignored), kDetailBytesMax));
}

void lifecycle_ready(const jf_host* host, std::int32_t up, jf_str why) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    std::string text = sentence(generation, why);
    base::log::info(up != 0 ? "account.ready" : "account.not_ready",
                    {{"account", generation.account->id.text}, {"why", text}});
    generation.account->set_ready(up != 0, text.empty() ? "the plugin says it is not ready" : text);
    return JF_OK;
  });
}

void lifecycle_drained(const jf_host* host) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    generation.note_drained();
    return JF_OK;
  });
}

void lifecycle_fault(const jf_host* host, jf_str why) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    const std::string text = sentence(generation, why);
    base::log::error("account.fault", {{"account", generation.account->id.text}, {"why", text}});
    generation.account->set_ready(false, "fault: " + text);
    return JF_OK;
  });
}

}  // namespace

const jf_service_kv& kv_service() {
  static constexpr jf_service_kv kTable{sizeof kTable, 0, kv_get, kv_put};
  return kTable;
}
const jf_service_history& history_service() {
  static constexpr jf_service_history kTable{sizeof kTable, 0, history_read};
  return kTable;
}
const jf_service_metric& metric_service() {
  static constexpr jf_service_metric kTable{sizeof kTable, 0, metric_add};
  return kTable;
}
const jf_service_lifecycle& lifecycle_service() {
  static constexpr jf_service_lifecycle kTable{
      sizeof kTable, 0, lifecycle_identify, lifecycle_ready, lifecycle_drained, lifecycle_fault};
  return kTable;
}

}  // namespace jackfield::plugin_host

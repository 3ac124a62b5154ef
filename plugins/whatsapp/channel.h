#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/plugin.h"
#include "plugins/whatsapp/answer.h"
#include "plugins/whatsapp/crypto.h"
#include "plugins/whatsapp/limits.h"
#include "plugins/whatsapp/outgoing.h"
#include "plugins/whatsapp/recent.h"
#include "plugins/whatsapp/render.h"
#include "plugins/whatsapp/settings.h"

namespace jackfield::whatsapp {

/// The host's crypto service.
class HostCrypto final : public Crypto {
 public:
  explicit HostCrypto(const Host& host) : host_(host) {}
  [[nodiscard]] std::string hmac_sha256(std::string_view key,
                                        std::string_view data) const override {
    return host_.hmac_sha256(key, data);
  }
  [[nodiscard]] std::string sha256(std::string_view data) const override {
    return host_.sha256(data);
  }
  [[nodiscard]] bool equal(std::string_view a, std::string_view b) const override {
    return host_.equal(a, b);
  }

 private:
  Host host_;
};

/// One WhatsApp number. Everything that thinks is elsewhere in this folder; this class only carries
/// values between the host and those functions, and remembers which call was made for what.
class WhatsApp final : public Channel {
 public:
  static constexpr Features kFeatures =
      kUsesHttp | kUsesTimers | kUsesStored | kCanReplay | kFetchesMedia | kSetsTyping | kMarksRead;
  static constexpr std::size_t kCallsMax = 1024;
  static constexpr std::size_t kLongArrivalsMax = 4;
  static constexpr std::size_t kValuesPerPublish = 1000;

  WhatsApp(const Host& host, std::string_view config_json);

  Outcome deliver(std::uint64_t token, const Outbound& outbound) override;
  void cancel(std::uint64_t token) override;
  void drain(std::uint32_t grace_ms) override;
  void on_timer(std::uint64_t id) override;
  void on_request(std::uint64_t route, std::uint64_t request, const HttpRequest& message) override;
  void on_response(std::uint64_t op, jf_status status, const HttpResponse* response) override;
  void on_stored(std::uint64_t op, jf_status status, const std::vector<Stored>& values) override;
  void on_replay(std::uint64_t op, std::string_view content_type, std::string_view raw) override;
  void on_fetch(std::uint64_t job, std::string_view media_ref,
                std::string_view media_kind) override;
  jf_status set_typing(std::string_view address, bool is_on) override;
  jf_status mark_read(std::string_view address, std::string_view external_id) override;

 private:
  enum class Purpose : std::uint8_t { upload, message, lookup, read };
  /// A call under way.
  struct Call {
    Purpose purpose = Purpose::read;
    std::uint64_t token = 0;  ///< Of the delivery, or the media job.
    OutgoingPart outgoing;    ///< Of an upload or message.
    std::string media_kind;
  };
  /// A webhook of more values than one publish takes: its last piece answers the request, so that
  /// the provider hears 200 only when all are durable; the same with a replay's op.
  struct LongArrival {
    std::uint64_t request = 0;
    std::uint64_t replay_op = 0;
    std::string content_type, raw;
    std::vector<Inbound> values;
    std::size_t next = 0;
  };

  jf_status begin(Call call, HttpCall http, std::string* why = nullptr);
  Outcome send(std::uint64_t token, OutgoingPart outgoing, std::string media_kind,
               std::string_view uploaded_id);
  void on_uploaded(Call call, const Reply& reply);
  void on_sent(const Call& call, const Reply& reply);
  void on_looked_up(const Call& call, const Reply& reply);
  void download(std::uint64_t job, const std::string& url);
  void fail_media(std::uint64_t job, Outcome why);
  void on_webhook(std::uint64_t request, const HttpRequest& message);
  void publish(std::uint64_t op, std::uint64_t request, std::string_view content_type,
               std::string_view raw, std::vector<Inbound> values);
  void publish_next(std::uint64_t op);
  void warn_refused(int status);
  void check_drained();

  HostCrypto crypto_;
  Limits limits_;
  Settings settings_;
  Endpoint endpoint_;
  std::string app_secret_, verify_token_;
  std::map<std::uint64_t, Call> calls_;
  std::map<std::uint64_t, LongArrival> long_arrivals_;
  NewestMessages newest_;
  PairRefusals pair_refusals_;
  std::uint64_t last_op_;
  std::int64_t quiet_until_us_ = 0;
  bool is_draining_ = false;
  bool is_drained_ = false;
};

}  // namespace jackfield::whatsapp

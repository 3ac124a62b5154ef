#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/plugin.h"
#include "plugins/livechat/visitors.h"

namespace jackfield::livechat {

/// One site. Connects Visitors to the host: the host owns sockets, store, clock and randomness.
class LivechatChannel final : public Channel {
 public:
  static constexpr Features kFeatures = kUsesTimers | kUsesStored | kUsesSockets | kUsesHistory |
                                        kSetsTyping | kMarksRead | kEndsSessions | kReconfigures;

  /// Throws PluginError(JF_E_INVALID) when the settings are wrong.
  LivechatChannel(Host host, std::string_view config_json);

  void start() override;
  Outcome deliver(std::uint64_t token, const Outbound& outbound) override;
  void drain(std::uint32_t grace_ms) override;
  std::optional<Saved> save() override;
  void restore(std::uint32_t schema, std::string_view from_version,
               std::string_view state) override;

  void on_timer(std::uint64_t id) override;
  void on_stored(std::uint64_t op, jf_status status, const std::vector<Stored>& values) override;
  void on_socket_open(std::uint64_t route, std::uint64_t socket, const HttpRequest* message,
                      std::string_view tag) override;
  void on_socket_data(std::uint64_t socket, std::string_view data, bool is_binary) override;
  void on_socket_close(std::uint64_t socket, std::int32_t code) override;
  void on_history(std::uint64_t op, jf_status status, const std::vector<HistoryEntry>& entries,
                  bool has_more) override;

  jf_status set_typing(std::string_view address, bool is_on) override;
  jf_status mark_read(std::string_view address, std::string_view external_id) override;
  jf_status end_session(std::string_view address, std::string_view reason) override;
  jf_status reconfigure(std::string_view config_json) override;

 private:
  class HostOutlet final : public Outlet {
   public:
    explicit HostOutlet(const Host& host) : host_(host) {}
    jf_status send(std::uint64_t socket, std::string_view frame) override;
    void close(std::uint64_t socket, CloseCode code, std::string_view why) override;
    void tag(std::uint64_t socket, std::string_view tag) override;
    jf_status publish(std::uint64_t op, const Inbound& value) override;
    jf_status read_history(std::uint64_t op, std::string_view address, std::string_view after,
                           std::uint32_t limit) override;
    std::string new_visitor_id() override;
    void count(std::string_view metric) override;

   private:
    Host host_;
  };

  [[nodiscard]] Now now() const;
  /// Tokens outlive restarts, so their key is kept by the host; made on the first start.
  void load_token_key();
  void end_drain();

  HostOutlet outlet_;
  std::string token_key_;
  Visitors visitors_;
  Bucket refusals_logged_;
  bool is_draining_ = false;
};

}  // namespace jackfield::livechat

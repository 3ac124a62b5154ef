#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/plugin_abi.h"

namespace jackfield::whatsapp {

/// A host for one WhatsApp account, spoken to through the C tables only. It writes down, a line
/// each, what the plugin asks of it; nothing is answered until the test says so.
class FakeHost {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  explicit FakeHost(std::string config = R"({"phone_number_id":"106540352242922"})");
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost();

  [[nodiscard]] jf_status status() const { return status_; }
  /// The lines since the last call.
  std::vector<std::string> take() { return std::exchange(lines_, {}); }

  void request(std::string_view method, std::string_view query, std::string_view body,
               const Headers& headers);
  /// A POST with the right signature.
  void webhook(const std::string& body);
  /// Answers the newest call.
  void answer(int http_status, std::string_view body, const Headers& headers = {});
  void answer_with(jf_status status);
  void stored(std::uint64_t op, jf_status status);
  /// "status detail" of deliver(); later outcomes come as lines.
  std::string deliver(const jf_part& part, std::int64_t last_inbound_ago_ms = 1000);
  void drain();

  template <class Table>
  const Table* table(const char* id) {
    return static_cast<const Table*>(ops_->extension(instance_, id));
  }
  jf_instance* instance() { return instance_; }

  std::string access_token = "token-1";
  jf_status http_status = JF_OK;  ///< What http-client.send says.
  std::uint64_t last_op = 0;      ///< Of the newest call or publish.
  std::int64_t now_ms = 1'770'000'000'000;

 private:
  struct Tables;
  friend struct Tables;
  void response(jf_status status, const jf_http_message* message);

  std::string config_;
  jf_host host_{};
  const jf_channel_ops* ops_;
  jf_instance* instance_ = nullptr;
  jf_status status_ = JF_OK;
  std::vector<std::string> lines_;
  std::uint64_t token_ = 0;
};

}  // namespace jackfield::whatsapp

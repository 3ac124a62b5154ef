#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::bench {

struct WebhookTarget {
  std::string path = "/in/whatsapp/support/webhook";
  std::string app_secret = "test-app-secret";
  std::string phone_number_id = "106540352242922";
  std::size_t senders = 1'000;
};

/// `count` whole HTTP requests, each with one text message of its own random id from one of the
/// random senders, signed as Meta signs. About 900 bytes each, of which 600 are the body.
std::vector<std::string> make_signed_webhooks(const WebhookTarget& target, std::size_t count);

}  // namespace jackfield::bench

#include "tests/bench/signed_webhooks.h"

#include <array>
#include <cstdint>
#include <ctime>
#include <random>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace jackfield::bench {

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<std::string_view, 4> kTexts = {
    "Hello, where is my order? I have been waiting for three days now.",
    "Is the blue one still there, and could you keep it for me until Friday?",
    "Thanks! One more thing: the invoice has the old address on it.",
    "Good morning, I would like to change the time of my appointment, please."};

std::string random_wamid(std::mt19937_64& random) {
  std::string id = "wamid.HBgLMTU1NTAxMDAyMDAVAgASGBQz";
  for (int i = 0; i < 22; ++i) {
    id += kBase64[random() % kBase64.size()];
  }
  return id;
}

std::string body_of(const WebhookTarget& target, std::mt19937_64& random) {
  const std::string sender = "1555" + std::to_string(1'000'000 + random() % target.senders);
  std::string body =
      R"({"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":)"
      R"({"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881",)"
      R"("phone_number_id":")";
  body +=
      target.phone_number_id + R"("},"contacts":[{"profile":{"name":"Sheena Nelson"},"wa_id":")";
  body += sender + R"("}],"messages":[{"from":")" + sender + R"(","id":")" + random_wamid(random);
  body += R"(","timestamp":")" + std::to_string(std::time(nullptr));
  body += R"(","text":{"body":")";
  body += kTexts[random() % kTexts.size()];
  body += R"("},"type":"text"}]},"field":"messages"}]}]})";
  return body;
}

std::string signature_of(std::string_view secret, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "sha256=";
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4U];
    text += kHex[digest[i] & 15U];
  }
  return text;
}

}  // namespace

std::vector<std::string> make_signed_webhooks(const WebhookTarget& target, std::size_t count) {
  std::mt19937_64 random{std::random_device{}()};
  std::vector<std::string> requests;
  requests.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string body = body_of(target, random);
    std::string request = "POST " + target.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    request += "User-Agent: facebookexternalua\r\nAccept: */*\r\n";
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
    request += "\r\nX-Hub-Signature-256: " + signature_of(target.app_secret, body) + "\r\n\r\n";
    requests.push_back(request + body);
  }
  return requests;
}

}  // namespace jackfield::bench

#include "plugins/whatsapp/verify.h"

#include <algorithm>
#include <optional>
#include <string>

#include "jackfield/encoding.h"

namespace jackfield::whatsapp {

namespace {

constexpr std::string_view kSignatureHeader = "x-hub-signature-256";
constexpr std::string_view kSignatureScheme = "sha256=";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kChallengeBytesMax = 128;

/// What can be neither markup nor a header, whatever reads it.
bool is_plain(std::string_view challenge) {
  return !challenge.empty() && challenge.size() <= kChallengeBytesMax &&
         std::all_of(challenge.begin(), challenge.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '_' || c == '-';
         });
}

}  // namespace

HttpReply answer_handshake(const Crypto& crypto, std::string_view verify_token,
                           std::string_view query) {
  const encoding::Form form = encoding::parse_form(query);
  const auto field = [&](std::string_view name) {
    return encoding::form_value(form, name).value_or(std::string_view());
  };
  HttpReply reply;
  reply.status = 403;
  reply.content_type = "text/plain; charset=utf-8";
  reply.headers = {{"X-Content-Type-Options", "nosniff"}};
  // Hashes have one length, so the time taken says nothing about the token's either.
  const bool is_ours =
      !verify_token.empty() &&
      crypto.equal(crypto.sha256(verify_token), crypto.sha256(field("hub.verify_token")));
  const std::string_view challenge = field("hub.challenge");
  if (is_ours && field("hub.mode") == "subscribe" && is_plain(challenge)) {
    reply.status = 200;
    reply.body = std::string(challenge);
  }
  return reply;
}

int check_signature(const Crypto& crypto, std::string_view app_secret, const HttpRequest& request) {
  const std::string_view coding = request.header_or("content-encoding", "identity");
  if (!detail::equal_ignoring_case(coding, "identity")) {
    return 415;
  }
  const auto header = request.header(kSignatureHeader);
  if (!header) {
    return 401;
  }
  const bool has_form = request.header_count(kSignatureHeader) == 1 &&
                        header->substr(0, kSignatureScheme.size()) == kSignatureScheme &&
                        header->size() == kSignatureScheme.size() + 2 * kDigestBytes;
  if (!has_form || app_secret.empty()) {
    return 403;
  }
  const auto claimed = encoding::from_hex(header->substr(kSignatureScheme.size()));
  const bool is_signed =
      claimed && crypto.equal(*claimed, crypto.hmac_sha256(app_secret, request.body()));
  return is_signed ? 200 : 403;
}

}  // namespace jackfield::whatsapp

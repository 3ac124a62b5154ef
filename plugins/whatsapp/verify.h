#pragma once

#include <string_view>

#include "jackfield/plugin/values.h"
#include "plugins/whatsapp/crypto.h"

namespace jackfield::whatsapp {

/// The answer to Meta's GET on the callback URL: 200 with the challenge verbatim when the token is
/// ours, else 403 with nothing in it.
/// https://developers.facebook.com/docs/graph-api/webhooks/getting-started (read 2026-11)
HttpReply answer_handshake(const Crypto& crypto, std::string_view verify_token,
                           std::string_view query);

/// The status to refuse a POST with, or 200: 415 for a compressed body, 401 without
/// X-Hub-Signature-256, 403 when there are several or it does not fit the body's raw bytes.
int check_signature(const Crypto& crypto, std::string_view app_secret, const HttpRequest& request);

}  // namespace jackfield::whatsapp

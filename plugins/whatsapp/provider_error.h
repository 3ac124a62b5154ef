#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jackfield/json.h"

namespace jackfield::whatsapp {

/// What an error of Graph means for a message. https://developers.facebook.com/docs/whatsapp/
/// cloud-api/support/error-codes and https://developers.facebook.com/docs/graph-api/guides/
/// error-handling (read 2026-11).
enum class ErrorClass : std::uint8_t {
  throttle,       ///< Too fast: nothing was sent.
  pair_throttle,  ///< Too fast to this one contact.
  transient,      ///< Not sent, may work later.
  policy,         ///< Held back by Meta's judgement; repeating soon makes it worse.
  window,         ///< The reply window is closed.
  account,        ///< Our number, token or payment: nothing goes until somebody mends it.
  refused,        ///< This message, for good.
  unlisted,       ///< A code that is in no list.
};

ErrorClass class_of(std::int32_t code, std::int32_t subcode);

/// The error object of an answer, and what may be shown of it.
struct ProviderError {
  std::int32_t code = 0;
  ErrorClass kind = ErrorClass::unlisted;
  std::string detail;  ///< One line; never quotes what Meta says about a token.
};
ProviderError read_error(json::Value error);

}  // namespace jackfield::whatsapp

#include "plugins/whatsapp/provider_error.h"

#include "plugins/whatsapp/bounds.h"
#include "plugins/whatsapp/read_status.h"

namespace jackfield::whatsapp {

namespace {

struct Range {
  std::int32_t first, last;
  ErrorClass kind;
};

constexpr std::int32_t kBadParameter = 100;
constexpr std::int32_t kObjectMissing = 33;
constexpr std::int32_t kTokenInvalid = 190;

constexpr Range kRanges[] = {
    {0, 0, ErrorClass::account},
    {1, 2, ErrorClass::transient},
    {3, 3, ErrorClass::account},
    {4, 4, ErrorClass::throttle},
    {10, 10, ErrorClass::account},
    {17, 17, ErrorClass::throttle},
    {32, 32, ErrorClass::throttle},
    {33, 33, ErrorClass::account},
    {100, 100, ErrorClass::refused},
    {190, 190, ErrorClass::account},
    {200, 299, ErrorClass::account},
    {368, 368, ErrorClass::policy},
    {613, 613, ErrorClass::throttle},
    {80004, 80004, ErrorClass::throttle},
    {80006, 80007, ErrorClass::throttle},
    {130429, 130429, ErrorClass::throttle},
    {130472, 130472, ErrorClass::refused},
    {130497, 130497, ErrorClass::refused},
    {131000, 131000, ErrorClass::transient},
    {131005, 131005, ErrorClass::account},
    {131008, 131009, ErrorClass::refused},
    {131016, 131016, ErrorClass::transient},
    {131021, 131021, ErrorClass::refused},
    {131026, 131026, ErrorClass::refused},
    {131030, 131030, ErrorClass::refused},
    {131031, 131031, ErrorClass::account},
    {131037, 131037, ErrorClass::account},
    {131042, 131042, ErrorClass::account},
    {131045, 131045, ErrorClass::account},
    {131047, 131047, ErrorClass::window},
    {131048, 131049, ErrorClass::policy},
    {131050, 131053, ErrorClass::refused},
    {131056, 131056, ErrorClass::pair_throttle},
    {131057, 131057, ErrorClass::transient},
    {131062, 131063, ErrorClass::refused},
    {131064, 131064, ErrorClass::policy},
    {132000, 132999, ErrorClass::refused},
    {133000, 133000, ErrorClass::account},
    {133004, 133004, ErrorClass::transient},
    {133005, 133006, ErrorClass::account},
    {133008, 133010, ErrorClass::account},
    {133015, 133015, ErrorClass::account},
    {133016, 133016, ErrorClass::throttle},
    {135000, 135000, ErrorClass::refused},
    {137000, 139999, ErrorClass::refused},
};

}  // namespace

ErrorClass class_of(std::int32_t code, std::int32_t subcode) {
  if (code == kBadParameter && subcode == kObjectMissing) {
    return ErrorClass::account;  // Graph's way to say: no such number, or not with this token.
  }
  for (const Range& range : kRanges) {
    if (code >= range.first && code <= range.last) {
      return range.kind;
    }
  }
  return ErrorClass::unlisted;
}

ProviderError read_error(json::Value error) {
  ProviderError read;
  read.code = error_code(error);
  const bool has_code = !error["code"].text().empty();
  json::Value subcode = error["error_subcode"];
  read.kind =
      has_code ? class_of(read.code,
                          static_cast<std::int32_t>(subcode.integer().value_or(0) % 1'000'000'000))
               : ErrorClass::unlisted;
  if (has_code && (read.code == kTokenInvalid || read.code == 0)) {
    // Graph may repeat the token in its own sentence ("Malformed access token ...").
    read.detail = "Meta refuses the access token (code " + std::to_string(read.code) +
                  ", subcode " + clip(subcode.text(), 20) + "): renew it in the account's settings";
    return read;
  }
  read.detail = describe_error(error);
  const std::string_view trace = error["fbtrace_id"].text();
  if (is_id(trace, 64)) {
    read.detail += " [" + std::string(trace) + "]";
  }
  return read;
}

}  // namespace jackfield::whatsapp

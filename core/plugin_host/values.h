#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin_host/ports.h"
#include "jackfield/plugin_abi.h"
#include "jackfield/result.h"

/// What comes out of a plugin, copied and checked. The plugin's memory is not trusted: lengths,
/// strides and pointers are tested before anything is read, as far as a program can.
namespace jackfield::plugin_host {

inline constexpr std::size_t kValuesMax = 1'000;
inline constexpr std::size_t kRawBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kPublishBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kStrideMax = 64 * 1024;
inline constexpr std::size_t kDetailBytesMax = 1'024;

/// Why a plugin's input was refused: JF_E_INVALID or JF_E_TOO_LARGE, and a sentence.
struct Refusal {
  jf_status status = JF_OK;
  std::string why;
  [[nodiscard]] bool is_set() const { return status != JF_OK; }
};

/// The text behind a jf_str. Too long or without memory: `refusal` is set (if it was not yet) and
/// the answer is empty. Invalid UTF-8 becomes U+FFFD.
std::string copy_text(jf_str text, std::size_t max, const char* what, Refusal& refusal);
/// The same for bytes of any kind.
std::string copy_bytes(jf_bytes bytes, std::size_t max, const char* what, Refusal& refusal);

/// Values of one publish. Values that break a rule become a quarantine value when there is
/// something to keep for a later look: the value's own raw text, or the arrival's (`has_raw`).
/// `refusal` is set when nothing may be taken at all.
std::vector<InboundValue> copy_values(const jf_inbound* first, std::size_t count,
                                      std::size_t stride, bool has_raw, Refusal& refusal);
/// One value; public for tests.
InboundValue copy_value(const jf_inbound& value, Refusal& refusal);

}  // namespace jackfield::plugin_host

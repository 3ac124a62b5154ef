// The plugin's values in the form of plugin_abi.h. Everything made here points into what it was
// made from, which must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "jackfield/plugin/values.h"

namespace jackfield {
inline namespace sdk_v1 {

namespace detail {
/// A sink that appends to `out`.
inline jf_sink sink_into(std::string& out) noexcept {
  return {sizeof(jf_sink), 0, &out, [](void* ctx, const void* data, std::size_t len) -> jf_status {
            try {
              static_cast<std::string*>(ctx)->append(static_cast<const char*>(data), len);
              return JF_OK;
            } catch (...) {
              return JF_E_INTERNAL;
            }
          }};
}
inline jf_error empty_error() noexcept {
  jf_error error{};
  error.size = sizeof(jf_error);
  return error;
}
inline jf_outcome abi_outcome(const Outcome& from) noexcept {
  return {sizeof(jf_outcome),  from.status,          abi_str(from.external_id), from.provider_code,
          from.retry_after_ms, abi_str(from.detail), abi_str(from.ext_json)};
}
inline jf_part abi_part(const Part& from) noexcept {
  return {static_cast<std::int32_t>(from.kind),
          0,
          abi_str(from.text),
          abi_str(from.media_id),
          abi_str(from.media_ref),
          abi_str(from.media_kind),
          abi_str(from.mime),
          abi_str(from.filename),
          from.media_size,
          abi_str(from.json)};
}

/// An HttpCall in the form of the ABI; points into the call, which must outlive it.
class AbiCall {
 public:
  explicit AbiCall(const HttpCall& from) {
    for (const auto& header : from.headers) {
      headers_.push_back({abi_str(header.first), abi_str(header.second)});
    }
    for (const FormPart& part : from.form) {
      form_.push_back({abi_str(part.name), abi_str(part.filename), abi_str(part.mime),
                       abi_bytes(part.data), abi_str(part.media_id)});
    }
    request_.size = sizeof request_;
    request_.method = abi_str(from.method);
    request_.headers = headers_.data();
    request_.header_count = headers_.size();
    request_.body = abi_bytes(from.body);
    call_.size = sizeof call_;
    call_.flags = from.once ? static_cast<std::uint32_t>(JF_HTTP_ONCE) : 0U;
    call_.request = &request_;
    call_.url = abi_str(from.url);
    call_.timeout_ms = from.timeout_ms;
    call_.response_bytes_max = from.response_bytes_max;
    call_.form = form_.data();
    call_.form_count = form_.size();
    call_.form_stride = sizeof(jf_form_part);
  }
  AbiCall(const AbiCall&) = delete;
  AbiCall& operator=(const AbiCall&) = delete;
  [[nodiscard]] const jf_http_call* get() const noexcept { return &call_; }

 private:
  std::vector<jf_kv> headers_;
  std::vector<jf_form_part> form_;
  jf_http_message request_{};
  jf_http_call call_{};
};
}  // namespace detail

}  // namespace sdk_v1
}  // namespace jackfield

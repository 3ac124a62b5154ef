#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The hashes that plugins and the plugin store need, on OpenSSL. Pure; any thread.
namespace jackfield::plugin_host {

/// Raw bytes; nothing when `algorithm` is neither "sha1" nor "sha256".
std::optional<std::string> hash(std::string_view algorithm, std::string_view data);
std::optional<std::string> hmac(std::string_view algorithm, std::string_view key,
                                std::string_view data);
/// Takes the same time wherever they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);
/// Fit for secrets; nothing when the system has none.
std::optional<std::string> random_bytes(std::size_t count);

}  // namespace jackfield::plugin_host

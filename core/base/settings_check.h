#pragma once

#include <string>
#include <string_view>

/// Each answers what is wrong with `text`, ready to stand behind "must be": "" when nothing is.
namespace jackfield::base::check {

std::string account_id(std::string_view text);
std::string address(std::string_view text);
std::string cidr(std::string_view text);
std::string endpoint(std::string_view text);
std::string file_stem(std::string_view text);
std::string host(std::string_view text);
std::string node_name(std::string_view text);
std::string not_empty(std::string_view text);
std::string public_url(std::string_view text);
std::string queue_name(std::string_view text);
std::string z85_key(std::string_view text);

[[nodiscard]] bool is_loopback(std::string_view address);

}  // namespace jackfield::base::check

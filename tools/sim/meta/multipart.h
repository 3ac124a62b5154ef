#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/net/http_client.h"
#include "jackfield/result.h"

namespace jackfield::sim::meta {

constexpr std::size_t kFormPartsMax = 16;

/// The parts of a multipart/form-data body. Error: invalid, with what is wrong.
Result<std::vector<net::FormPart>> parse_multipart(std::string_view content_type,
                                                   std::string_view body);

}  // namespace jackfield::sim::meta

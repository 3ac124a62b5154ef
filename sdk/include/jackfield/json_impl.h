// Bodies of json.h.
#pragma once

#include <algorithm>
#include <cerrno>
#include <unordered_set>

namespace jackfield::json {
namespace detail {

/// RapidJSON's SAX events become a tape. Returning false stops the parser.
class Builder {
 public:
  Builder(Tape& tape, const Limits& limits) : tape_(tape), limits_(limits) {}

  void watch(const rapidjson::MemoryStream& stream) { stream_ = &stream; }
  bool Null() { return add(Type::null, 4); }
  bool Bool(bool value) {
    if (!add(Type::boolean, value ? 4 : 5)) {
      return false;
    }
    tape_.nodes.back().flag = value;
    return true;
  }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return add_text(Type::number, text, length);
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return add_text(Type::string, text, length);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    const auto object = open_.back();
    if (!add_text(Type::string, text, length)) {
      return false;
    }
    --tape_.nodes[object].length;  // add() counted the key; only its value counts.
    return is_new_key(object, {text, length});
  }
  bool StartObject() { return open(Type::object); }
  bool StartArray() { return open(Type::array); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  // Never called: numbers arrive as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  [[nodiscard]] const char* problem() const { return problem_; }

 private:
  /// `source_length`: how far the parser has read since this value began.
  bool add(Type type, std::size_t source_length) {
    if (tape_.nodes.size() >= limits_.values_max) {
      problem_ = "too many values";
      return false;
    }
    if (!open_.empty()) {
      ++tape_.nodes[open_.back()].length;
    }
    Node node;
    node.type = type;
    node.end = static_cast<std::uint32_t>(tape_.nodes.size() + 1);
    node.offset = stream_ ? static_cast<std::uint32_t>(stream_->Tell() - source_length) : 0;
    tape_.nodes.push_back(node);
    return true;
  }
  bool add_text(Type type, const char* text, rapidjson::SizeType length) {
    if (!add(type, type == Type::number ? length : length_in_source(length))) {
      return false;
    }
    if (has_surrogate({text, length})) {
      problem_ = "lone surrogate";
      return false;
    }
    tape_.nodes.back().begin = static_cast<std::uint32_t>(tape_.text.size());
    tape_.nodes.back().length = length;
    tape_.text.append(text, length);
    return true;
  }
  /// RapidJSON lets "\\ude00" pass, as bytes that are no UTF-8. Raw bytes are checked already.
  static bool has_surrogate(std::string_view text) {
    auto at = text.find('\xED');
    while (at != std::string_view::npos && at + 1 < text.size() &&
           static_cast<unsigned char>(text[at + 1]) < 0xA0) {
      at = text.find('\xED', at + 1);
    }
    return at != std::string_view::npos;
  }
  /// Of the string just read, with its quotes and escapes; `length` is without them. Only a string
  /// with escapes is longer in the source than its value, and a quote inside it has a backslash
  /// before it.
  [[nodiscard]] std::size_t length_in_source(std::size_t length) const {
    if (!stream_) {
      return 0;
    }
    const char* const end = stream_->src_;
    const char* quote = end - length - 2;
    const auto is_opening = [&] {
      if (*quote != '"') {
        return false;
      }
      const char* before = quote;
      while (before > stream_->begin_ && before[-1] == '\\') {
        --before;
      }
      return (quote - before) % 2 == 0;
    };
    while (quote > stream_->begin_ && !is_opening()) {
      --quote;
    }
    return static_cast<std::size_t>(end - quote);
  }
  bool open(Type type) {
    if (open_.size() >= limits_.depth_max) {
      problem_ = "nested too deeply";
      return false;
    }
    if (!add(type, 0)) {  // Told before the bracket is taken.
      return false;
    }
    open_.push_back(static_cast<std::uint32_t>(tape_.nodes.size() - 1));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    tape_.nodes[open_.back()].end = static_cast<std::uint32_t>(tape_.nodes.size());
    open_.pop_back();
    keys_.pop_back();
    return true;
  }
  /// Small objects are compared member by member; from the ninth key on, a set keeps it linear.
  bool is_new_key(std::uint32_t object, std::string_view key) {
    constexpr std::size_t kCompareMax = 8;
    auto& keys = keys_.back();
    bool is_known = false;
    if (tape_.nodes[object].length < kCompareMax) {
      for (auto at = object + 1; at + 1 < tape_.nodes.size() && !is_known;
           at = tape_.nodes[at + 1].end) {
        is_known = text_of(at) == key;
      }
    } else {
      if (keys.empty()) {
        for (auto at = object + 1; at + 1 < tape_.nodes.size(); at = tape_.nodes[at + 1].end) {
          keys.emplace(text_of(at));
        }
      }
      is_known = !keys.emplace(key).second;
    }
    if (is_known) {
      problem_ = "duplicate key";
    }
    return !is_known;
  }
  [[nodiscard]] std::string_view text_of(std::uint32_t node) const {
    return std::string_view(tape_.text).substr(tape_.nodes[node].begin, tape_.nodes[node].length);
  }

  Tape& tape_;
  const Limits& limits_;
  const rapidjson::MemoryStream* stream_ = nullptr;
  std::vector<std::uint32_t> open_;
  std::vector<std::unordered_set<std::string>> keys_;
  const char* problem_ = nullptr;
};

/// Length of the valid UTF-8 sequence at `text[i]`, or 0.
inline std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte(i);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : (lead & 0xF0U) == 0xE0       ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || i + length > text.size()) {
    return 0;
  }
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xC0U) != 0x80) {
      return 0;
    }
  }
  const unsigned second = byte(i + 1);
  const bool is_wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return is_wrong ? 0 : length;
}

}  // namespace detail

inline std::optional<std::int64_t> Value::integer() const {
  const std::string_view digits = text();
  const bool is_negative = !digits.empty() && digits.front() == '-';
  if (digits.size() <= (is_negative ? 1U : 0U) || digits.size() > 20) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : digits.substr(is_negative ? 1 : 0)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    const int digit = c - '0';
    if (is_negative ? value < (std::numeric_limits<std::int64_t>::min() + digit) / 10
                    : value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) {
      return std::nullopt;
    }
    value = value * 10 + (is_negative ? -digit : digit);
  }
  return value;
}

inline std::optional<double> Value::number() const {
  const std::string copy(text());
  if (copy.empty()) {
    return std::nullopt;
  }
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  const bool is_finite = value - value == 0;
  return *end == '\0' && is_finite ? std::optional(value) : std::nullopt;
}

inline Value Value::operator[](std::string_view key) const {
  if (is_object()) {
    for (auto it = begin(); it != end(); ++it) {
      if (it.key() == key) {
        return *it;
      }
    }
  }
  return {};
}

inline Value Value::at(std::size_t index) const {
  if (index >= size()) {
    return {};
  }
  auto it = begin();
  for (; index > 0; --index) {
    ++it;
  }
  return *it;
}

inline Value::Iterator Value::begin() const {
  return size() == 0 ? Iterator(tape_, 0, false) : Iterator(tape_, index_ + 1, is_object());
}
inline Value::Iterator Value::end() const {
  return size() == 0 ? Iterator(tape_, 0, false) : Iterator(tape_, node()->end, is_object());
}

template <class Out>
void Value::write_to(Out& out) const {
  const auto length = [](std::string_view s) { return static_cast<rapidjson::SizeType>(s.size()); };
  switch (type()) {
    case Type::missing:
    case Type::null:
      out.Null();
      return;
    case Type::boolean:
      out.Bool(node()->flag);
      return;
    case Type::number:
      out.RawValue(slice().data(), slice().size(), rapidjson::kNumberType);
      return;
    case Type::string:
      out.String(slice().data(), length(slice()));
      return;
    case Type::array:
      out.StartArray();
      for (const Value element : *this) {
        element.write_to(out);
      }
      out.EndArray();
      return;
    case Type::object:
      out.StartObject();
      for (auto it = begin(); it != end(); ++it) {
        out.Key(it.key().data(), length(it.key()));
        (*it).write_to(out);
      }
      out.EndObject();
      return;
  }
}

inline std::string Value::dump() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  write_to(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

inline Result<Document> Document::parse(std::string_view text, const Limits& limits,
                                        std::size_t* problem_at) {
  const std::size_t mark = text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
  text.remove_prefix(mark);
  if (text.size() > limits.bytes_max) {
    return Error{ErrorCode::invalid,
                 "JSON is larger than " + std::to_string(limits.bytes_max) + " bytes"};
  }
  constexpr unsigned kWire = rapidjson::kParseIterativeFlag |
                             rapidjson::kParseValidateEncodingFlag |
                             rapidjson::kParseNumbersAsStringsFlag;
  constexpr unsigned kConfig =
      kWire | rapidjson::kParseCommentsFlag | rapidjson::kParseTrailingCommasFlag;
  auto tape = std::make_unique<detail::Tape>();
  tape->text.reserve(text.size());
  detail::Builder builder(*tape, limits);
  rapidjson::MemoryStream memory(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(memory);
  builder.watch(memory);
  rapidjson::Reader reader;
  const rapidjson::ParseResult parsed = limits.allow_comments
                                            ? reader.Parse<kConfig>(stream, builder)
                                            : reader.Parse<kWire>(stream, builder);
  if (!parsed) {
    if (problem_at) {
      *problem_at = mark + parsed.Offset();
    }
    const char* why =
        builder.problem() ? builder.problem() : rapidjson::GetParseError_En(parsed.Code());
    return Error{ErrorCode::invalid,
                 std::string("JSON: ") + why + " at byte " + std::to_string(parsed.Offset())};
  }
  if (memory.Tell() != text.size()) {  // RapidJSON takes a NUL for the end.
    if (problem_at) {
      *problem_at = mark + memory.Tell();
    }
    return Error{ErrorCode::invalid, "JSON: a NUL at byte " + std::to_string(memory.Tell())};
  }
  return Document(std::move(tape));
}

inline std::string replace_lone_surrogates(std::string_view text) {
  std::string out(text);
  const auto escape_at = [&](std::size_t i) -> int {
    if (i + 6 > out.size() || out[i] != '\\' || out[i + 1] != 'u') {
      return -1;
    }
    const std::string digits = out.substr(i + 2, 4);
    char* end = nullptr;
    const long value = std::strtol(digits.c_str(), &end, 16);
    return *end == '\0' ? static_cast<int>(value) : -1;
  };
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    if (out[i] != '\\') {
      continue;
    }
    const int unit = escape_at(i);
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      const int next = escape_at(i + 6);
      if (next >= 0xDC00 && next <= 0xDFFF) {
        i += 11;
        continue;
      }
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) {
      out.replace(i + 2, 4, "fffd");
    }
    i += unit >= 0 ? 5 : 1;  // Past the escape: the second backslash of "\\" starts nothing.
  }
  return out;
}

inline bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = detail::utf8_length(text, i);
    if (length == 0) {
      return false;
    }
    i += length;
  }
  return true;
}

inline std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto length = detail::utf8_length(text, i);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
    } else {
      out.append(text.substr(i, length));
      i += length;
    }
  }
  return out;
}

inline Writer& Writer::string(std::string_view text) {
  const auto put = [this](std::string_view s) {
    writer_.String(s.data(), static_cast<rapidjson::SizeType>(s.size()));
  };
  if (is_valid_utf8(text)) {
    put(text);
  } else {
    put(valid_utf8(text));
  }
  return *this;
}

}  // namespace jackfield::json

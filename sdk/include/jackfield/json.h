// The one door through which JSON from outside comes in, for the host and for plugins. Header-only,
// C++17, on RapidJSON's SAX parser. RapidJSON 1.1.0 with default flags dies on small hostile bodies
// ("[[[[…" overflows the stack, a 42-byte number indexes out of bounds), so the flags below are not
// a matter of taste.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "jackfield/result.h"

namespace jackfield::json {

struct Limits {
  std::size_t bytes_max = 4 * 1024 * 1024;
  std::size_t depth_max = 64;
  std::size_t values_max = 200'000;
  bool allow_comments =
      false;  ///< Comments and trailing commas: for configuration, never for wire data.
};

enum class Type : std::uint8_t { missing, null, boolean, number, string, array, object };

namespace detail {
struct Node {
  Type type = Type::missing;
  bool flag = false;         ///< Of a boolean.
  std::uint32_t begin = 0;   ///< String or number: offset of its text.
  std::uint32_t length = 0;  ///< Bytes of text; members or elements of a container.
  std::uint32_t end = 0;     ///< Index just behind this value's last node.
  std::uint32_t offset = 0;  ///< Where it stands in the source.
};
struct Tape {
  std::vector<Node>
      nodes;  ///< In document order; an object's member is its key node, then its value.
  std::string text;
};
class Builder;
}  // namespace detail

/// A place in a Document; cheap to copy; valid as long as the Document. A missing value or one of
/// another type gives the empty answer, so a chain of lookups needs no checks:
/// root["a"].at(0)["b"].text().
class Value {
 public:
  Value() = default;
  [[nodiscard]] Type type() const { return node() ? node()->type : Type::missing; }
  explicit operator bool() const { return type() != Type::missing; }
  [[nodiscard]] bool is_object() const { return type() == Type::object; }
  [[nodiscard]] bool is_array() const { return type() == Type::array; }
  [[nodiscard]] bool is_string() const { return type() == Type::string; }

  /// The string, or nothing.
  [[nodiscard]] std::optional<std::string_view> string() const {
    return is_string() ? std::optional(slice()) : std::nullopt;
  }
  /// A string's or a number's text (ids come as both), else "".
  [[nodiscard]] std::string_view text() const {
    return is_string() || type() == Type::number ? slice() : std::string_view();
  }
  /// A whole number, also when written as a string ("1770000000"); nothing when out of range or not
  /// whole.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<bool> boolean() const {
    return type() == Type::boolean ? std::optional(node()->flag) : std::nullopt;
  }

  /// Members of an object, elements of an array.
  [[nodiscard]] std::size_t size() const { return is_object() || is_array() ? node()->length : 0; }
  [[nodiscard]] Value operator[](std::string_view key) const;
  /// Linear in `index`: walk with a range-for instead.
  [[nodiscard]] Value at(std::size_t index) const;

  /// Iterates over elements or member values; key() names the member.
  class Iterator;
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

  /// The value as compact JSON.
  [[nodiscard]] std::string dump() const;
  /// Byte offset in the source of the value's first byte (a string's opening quote).
  [[nodiscard]] std::size_t offset() const { return node() ? node()->offset : 0; }

 private:
  friend class Document;
  friend class Iterator;
  Value(const detail::Tape* tape, std::uint32_t index) : tape_(tape), index_(index) {}
  [[nodiscard]] const detail::Node* node() const { return tape_ ? &tape_->nodes[index_] : nullptr; }
  [[nodiscard]] std::string_view slice() const {
    return std::string_view(tape_->text).substr(node()->begin, node()->length);
  }
  template <class Out>
  void write_to(Out& out) const;

  const detail::Tape* tape_ = nullptr;
  std::uint32_t index_ = 0;
};

class Value::Iterator {
 public:
  Value operator*() const { return Value(tape_, is_object_ ? index_ + 1 : index_); }
  [[nodiscard]] std::string_view key() const {
    return is_object_ ? Value(tape_, index_).slice() : std::string_view();
  }
  /// Byte offset in the source of the member's name.
  [[nodiscard]] std::size_t key_offset() const {
    return is_object_ ? Value(tape_, index_).offset() : 0;
  }
  Iterator& operator++() {
    index_ = tape_->nodes[is_object_ ? index_ + 1 : index_].end;
    return *this;
  }
  bool operator!=(const Iterator& other) const { return index_ != other.index_; }

 private:
  friend class Value;
  Iterator(const detail::Tape* tape, std::uint32_t index, bool is_object)
      : tape_(tape), index_(index), is_object_(is_object) {}
  const detail::Tape* tape_;
  std::uint32_t index_;
  bool is_object_;
};

/// A parsed text. Move-only; Values point into it and stay valid when it is moved.
class Document {
 public:
  /// Error: invalid, with what is wrong and at which byte. Refused: more than `limits` allow,
  /// invalid UTF-8, lone surrogates, duplicate keys, anything behind the value. A byte order mark
  /// is skipped. `problem_at`, when given, receives that byte's offset in `text`; it is left alone
  /// on success and on a text that is too large. Offsets of values count from behind a byte order
  /// mark.
  static Result<Document> parse(std::string_view text, const Limits& limits = {},
                                std::size_t* problem_at = nullptr);
  [[nodiscard]] Value root() const { return Value(tape_.get(), 0); }

 private:
  explicit Document(std::unique_ptr<detail::Tape> tape) : tape_(std::move(tape)) {}
  std::unique_ptr<detail::Tape> tape_;
};

/// The text with each lone surrogate escape (\ud800 …) replaced by \ufffd. Real phones produce
/// them; parse again with this before a whole body is given up.
std::string replace_lone_surrogates(std::string_view text);

/// Writes compact JSON. Invalid UTF-8 in strings becomes U+FFFD, so the result can always be
/// parsed.
class Writer {
 public:
  Writer& begin_object() {
    writer_.StartObject();
    return *this;
  }
  Writer& end_object() {
    writer_.EndObject();
    return *this;
  }
  Writer& begin_array() {
    writer_.StartArray();
    return *this;
  }
  Writer& end_array() {
    writer_.EndArray();
    return *this;
  }
  Writer& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }
  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value) {
    writer_.Int64(value);
    return *this;
  }
  Writer& number(double value) {
    writer_.Double(value);
    return *this;
  }
  Writer& boolean(bool value) {
    writer_.Bool(value);
    return *this;
  }
  Writer& null() {
    writer_.Null();
    return *this;
  }
  /// A whole JSON value, already valid; "" writes null.
  Writer& raw(std::string_view json) {
    if (json.empty()) {
      return null();
    }
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
    return *this;
  }
  Writer& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& field(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  Writer& flag(std::string_view name, bool value) { return key(name).boolean(value); }
  /// Leaves the field out when `text` is empty.
  Writer& optional_field(std::string_view name, std::string_view text) {
    return text.empty() ? *this : field(name, text);
  }
  Writer& raw_field(std::string_view name, std::string_view json) { return key(name).raw(json); }
  [[nodiscard]] std::string take() { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

/// Replaces each invalid UTF-8 sequence by U+FFFD; the text itself when it is valid.
std::string valid_utf8(std::string_view text);
[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace jackfield::json

#include "jackfield/json_impl.h"

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace jackfield {

/// Why an operation did not happen. The code tells the caller what to do next;
/// the text is for the log and is never parsed.
enum class ErrorCode : std::uint8_t {
  invalid,       ///< The input is wrong; the same call can never succeed.
  rejected,      ///< The provider understood the request and refused it.
  denied,        ///< Who asks may not do this.
  not_found,     ///< What is named does not exist, or who asks may not know that it does.
  conflict,      ///< Somebody else changed it first; read it again, then decide.
  throttled,     ///< The provider asks us to slow down; nothing was sent.
  unreachable,   ///< We never got the request out; nothing was sent.
  fate_unknown,  ///< The request went out and no usable answer came back.
  internal,      ///< A bug or a full disk on our side.
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string text;
};

/// True when the same call may be made again without risk of doing the thing twice.
[[nodiscard]] constexpr bool is_safe_to_retry(ErrorCode code) noexcept {
  return code == ErrorCode::throttled || code == ErrorCode::unreachable;
}

/// A value, or the Error that explains why there is none. A subset of std::expected
/// under the same names, but one that the compiler does not let you drop.
template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Error{...};` are the whole point.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Wrong access is a bug in the caller; std::get throws, in release builds too.
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// The value of an operation that succeeds with nothing to say.
struct Done {};
using Status = Result<Done>;

}  // namespace jackfield

#define JACKFIELD_CONCAT_IMPL(a, b) a##b
#define JACKFIELD_CONCAT(a, b) JACKFIELD_CONCAT_IMPL(a, b)
#define JACKFIELD_TRY_IMPL(tmp, leave, decl, ...) \
  auto tmp = (__VA_ARGS__);                       \
  if (!tmp) {                                     \
    leave std::move(tmp).error();                 \
  }                                               \
  decl = *std::move(tmp)

/// JACKFIELD_TRY(auto x, f()): x is the value of f(), or this function returns f()'s Error.
#define JACKFIELD_TRY(decl, ...) \
  JACKFIELD_TRY_IMPL(JACKFIELD_CONCAT(jackfield_try_, __LINE__), return, decl, __VA_ARGS__)
/// The same inside a coroutine. Declaration form only: g++ 12.2 dies with an internal
/// compiler error when co_await stands inside a statement expression.
#define JACKFIELD_CO_TRY(decl, ...) \
  JACKFIELD_TRY_IMPL(JACKFIELD_CONCAT(jackfield_try_, __LINE__), co_return, decl, __VA_ARGS__)

#pragma once

#include <cstdlib>
#include <utility>
#include <variant>

#include "refrain/error.h"

namespace refrain {

/// A value or the Error that took its place. Asking for the one that is not there aborts.
///
/// Thread safety: as of T.
template <typename T>
class [[nodiscard]] Result {
  public:
    // Implicit on purpose: `return value;` and `return Error{...};` both read as they should.
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    [[nodiscard]] explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() & { return checked<0>(state_); }
    [[nodiscard]] const T& value() const& { return checked<0>(state_); }
    [[nodiscard]] T&& value() && { return std::move(checked<0>(state_)); }
    [[nodiscard]] const Error& error() const& { return checked<1>(state_); }
    [[nodiscard]] Error&& error() && { return std::move(checked<1>(state_)); }

    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

  private:
    template <std::size_t kIndex, typename Variant>
    static auto& checked(Variant& state) {
        auto* held = std::get_if<kIndex>(&state);
        if (held == nullptr) {
            std::abort();
        }
        return *held;
    }

    std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): as above.
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    [[nodiscard]] bool ok() const { return !failed_; }
    [[nodiscard]] explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error& error() const& {
        if (!failed_) {
            std::abort();
        }
        return error_;
    }

  private:
    Error error_;
    bool failed_ = false;
};

}  // namespace refrain

#pragma once

#include <cstdlib>
#include <utility>
#include <variant>

#include "refrain/error.h"

namespace refrain {

/// A value, or the Error that took its place.
///
/// Ask `ok()` first, or test the result like a bool. Asking for the value of a failure, or for the
/// error of a success, ends the program: it is a fault of the caller, not of the medium.
///
/// Lifetime: owns what it holds; references into it are valid while it lives.
/// `std::move(result).value()` takes the value out. Cost: the value or the error, and one word.
/// Thread safety: as of T.
///
///     const Result<Corpus> corpus = Corpus::open(folder, CorpusMode::kReadOnly);
///     if (!corpus) {
///         std::cerr << error_code_name(corpus.error().code) << ": " << corpus.error().message;
///         return 1;
///     }
///     corpus->stats();
template <typename T>
class [[nodiscard]] Result {
  public:
    // Implicit on purpose: `return value;` and `return Error{...};` both read as they should.
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    /// Whether there is a value.
    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    /// The same, for `if (result)`.
    [[nodiscard]] explicit operator bool() const { return ok(); }

    /// The value. Aborts if there is none.
    [[nodiscard]] T& value() & { return checked<0>(state_); }
    [[nodiscard]] const T& value() const& { return checked<0>(state_); }
    [[nodiscard]] T&& value() && { return std::move(checked<0>(state_)); }
    /// Why there is no value. Aborts if there is one.
    [[nodiscard]] const Error& error() const& { return checked<1>(state_); }
    [[nodiscard]] Error&& error() && { return std::move(checked<1>(state_)); }

    // Short for `value()`, with the same check.
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

/// Success without a value, or an Error. A default-constructed one is a success.
///
/// Thread safety: a value.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): as above.
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    /// Whether it is a success.
    [[nodiscard]] bool ok() const { return !failed_; }
    /// The same, for `if (result)`.
    [[nodiscard]] explicit operator bool() const { return ok(); }
    /// Why it is none. Aborts on a success.
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

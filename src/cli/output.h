#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "refrain/error.h"

namespace refrain::cli {

/// Standard output: whole lines, each written through at once. After the first failure nothing
/// more is written and `failure` says why.
///
/// Thread safety: one thread at a time.
class Output {
  public:
    /// Writes `text` and a line end. @return whether output still works
    bool line(std::string_view text);

    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  private:
    std::optional<Error> failure_;
};

/// Writes all of `text` to standard error; there is nobody to tell when that fails.
void write_to_stderr(std::string_view text);

}  // namespace refrain::cli

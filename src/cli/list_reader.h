#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/descriptor.h"
#include "cli/inputs.h"

namespace refrain::cli {

/// Reads a list of paths, one a line; empty lines are passed over. A line that is too long or
/// holds a NUL byte, and a failure to read, are inputs with an error.
///
/// Memory: one block and one line. Thread safety: one thread at a time.
class ListReader {
  public:
    ListReader(Descriptor descriptor, std::string name);

    /// The next line; nothing at the end or when a stop was requested.
    [[nodiscard]] std::optional<Input> next(const std::stop_token& stop);

  private:
    [[nodiscard]] bool fill(const std::stop_token& stop);
    [[nodiscard]] std::optional<Input> finish_list();
    /// Takes from the block up to a line end. @return whether it came to one
    [[nodiscard]] bool take_line();
    [[nodiscard]] Input finish_line();
    [[nodiscard]] Input failed_entry(std::string message) const;

    static constexpr std::size_t kBlockBytes = 65'536;

    Descriptor descriptor_;
    std::string name_;
    std::vector<char> block_;
    std::size_t position_ = 0;
    std::string line_;
    std::uint64_t line_number_ = 0;
    bool is_too_long_ = false;
    bool is_at_end_ = false;
    int read_error_ = 0;
};

}  // namespace refrain::cli

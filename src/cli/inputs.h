#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "refrain/error.h"
#include "refrain/result.h"

namespace refrain::cli {

/// One file to work on. With an error it is only reported.
struct Input {
    std::string path;
    std::optional<Error> error;
    /// How many inputs are left, this one included, as far as the source looks ahead.
    std::size_t left = 1;
};

/// What the command line names: files, folders, and lists of both.
struct InputSpec {
    std::vector<std::string> operands;
    std::vector<std::string> lists;  ///< `-` is standard input
};

/// Longest line of a list: what the system takes as a path.
inline constexpr std::size_t kMaxListLine = 4096;

/// Walks over everything an InputSpec names, in order, without holding it all in memory.
///
/// Folders are walked in the byte order of names, hidden files included. A link to a file is an
/// input; a link to a folder is not followed, so there are no loops. What is neither a file nor a
/// folder is an input too: the fingerprinter refuses it and the user hears of it.
///
/// Thread safety: one thread at a time.
class InputSource {
  public:
    using Note = std::function<void(const std::string&)>;

    /// Opens the lists.
    ///
    /// @param note        hears of what is passed over, one line each
    /// @param look_ahead  >= 1: so many inputs are looked for to tell how many are left; behind a
    ///                    list that may come slowly (a pipe) there always are as many
    /// @error kNotFound, kUnreadable  a list that cannot be opened
    [[nodiscard]] static Result<InputSource> open(InputSpec spec,
                                                  Note note,
                                                  std::size_t look_ahead = 1);
    InputSource(InputSource&&) noexcept;
    InputSource& operator=(InputSource&&) noexcept;
    InputSource(const InputSource&) = delete;
    InputSource& operator=(const InputSource&) = delete;
    ~InputSource();

    /// The next input; nothing at the end or when a stop was requested.
    [[nodiscard]] std::optional<Input> next(const std::stop_token& stop);

  private:
    struct Impl;
    explicit InputSource(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Whether the spec names exactly one thing that is not a folder.
[[nodiscard]] bool is_single_file(const InputSpec& spec);

/// How many inputs there are; nothing where counting would use them up (a pipe) or was stopped.
[[nodiscard]] std::optional<std::uint64_t> count_inputs(const InputSpec& spec,
                                                        const std::stop_token& stop);

/// The last part of a path, as it is shown to people.
[[nodiscard]] std::string file_name(const std::string& path);

/// The path from the root, links and `..` left as they are; as it is where that is not known.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace refrain::cli

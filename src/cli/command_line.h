#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/fingerprinter.h"
#include "refrain/limits.h"
#include "refrain/log.h"
#include "refrain/result.h"

namespace CLI {  // NOLINT(readability-identifier-naming): not ours
class App;
}  // namespace CLI

namespace refrain::cli {

/// Options that every command knows.
struct CommonOptions {
    std::string corpus;  ///< empty: from the environment
    bool is_json = false;
    bool is_quiet = false;
    int threads = 0;  ///< 0: all cores
    std::optional<LogLevel> log_level;

    /// `threads` with 0 replaced by the number of cores.
    [[nodiscard]] int thread_count() const;
};

/// The arguments of one command: options through CLI11, operands kept byte for byte.
///
/// CLI11 reads `[a,b]` as a list of two, so operands never go through it: it leaves what it does
/// not know, and whatever stands after the first `--` it does not see.
class CommandLine {
  public:
    /// @param operands  how the operands are called in the usage line, e.g. `INPUT...`
    CommandLine(std::string_view command, std::string description, const std::string& operands);
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;
    CommandLine(CommandLine&&) = delete;
    CommandLine& operator=(CommandLine&&) = delete;
    ~CommandLine();

    void add_flag(const std::string& name, bool& target, const std::string& description);
    void add_text(const std::string& name, std::string& target, const std::string& description);
    /// Lists an option under a heading of the help.
    void set_group(const std::string& name, const std::string& group);
    /// An option that takes one word each time it is given.
    void add_words(const std::string& name,
                   std::vector<std::string>& target,
                   const std::string& description);

    /// An option whose word `read` turns into the target; nothing from it is wrong usage.
    /// `expected` names what would be right.
    template <typename T, typename Parse>
    void add_value(const std::string& name,
                   T& target,
                   Parse read,
                   const std::string& expected,
                   const std::string& description) {
        add_checked(
            name,
            [&target, read](const std::string& word) {
                const auto value = read(word);
                if (value) {
                    target = *value;
                }
                return value.has_value();
            },
            expected, description);
    }

    /// The options of limits.h.
    void add_limits(Limits& limits);
    /// --label, which may be repeated: KEY=VALUE words; of one key the last stands.
    void add_labels(std::map<std::string, std::string>& labels, const std::string& description);
    /// --list
    void add_list(std::vector<std::string>& lists);

    /// Reads the arguments. A value ends the program with that exit code: the help was asked for
    /// and printed, or the usage is wrong and standard error says how.
    [[nodiscard]] std::optional<int> parse(std::vector<std::string> arguments);
    /// The same of a command without operands: one is wrong usage.
    [[nodiscard]] std::optional<int> parse_options_alone(std::vector<std::string> arguments);

    [[nodiscard]] const CommonOptions& common() const { return common_; }
    [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }

    /// Says what is wrong. @return the exit code for wrong usage
    [[nodiscard]] int wrong_usage(std::string_view what) const;

  private:
    using Check = std::function<bool(const std::string&)>;

    void add_checked(const std::string& name,
                     const Check& accept,
                     const std::string& expected,
                     const std::string& description);
    void add_common();
    [[nodiscard]] std::optional<int> take_operands(std::vector<std::string> after_marker);

    std::string command_;
    std::unique_ptr<CLI::App> app_;
    CommonOptions common_;
    bool wants_version_ = false;
    std::vector<std::string> operands_;
};

/// `refrain 0.1.0 (FFmpeg ..., OpenCV ..., FAISS ..., SQLite ...)`
[[nodiscard]] std::string version_text();

}  // namespace refrain::cli

#include "cli/command_line.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "refrain/version.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

constexpr int kMaxThreads = 256;

/// The usual help with our usage line, since CLI11 does not know the operands.
class UsageFormatter final : public CLI::Formatter {
  public:
    explicit UsageFormatter(std::string usage) : usage_(std::move(usage)) { column_width(34); }

    std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
        return "Usage: " + usage_ + "\n";
    }

  private:
    std::string usage_;
};

}  // namespace

int CommonOptions::thread_count() const {
    if (threads > 0) {
        return threads;
    }
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    return std::clamp(cores, 1, kMaxThreads);
}

CommandLine::CommandLine(std::string_view command,
                         std::string description,
                         const std::string& operands)
    : command_(command), app_(std::make_unique<CLI::App>(std::move(description))) {
    std::string usage = "refrain " + command_ + " [OPTIONS]";
    if (!operands.empty()) {
        usage += " [--] " + operands;
    }
    app_->formatter(std::make_shared<UsageFormatter>(usage));
    app_->allow_extras();
    app_->set_help_flag("-h,--help", "Print this help and exit");
    app_->get_option("--help")->group("Common options");
    add_common();
}

CommandLine::~CommandLine() = default;

void CommandLine::add_common() {
    const auto group = [this](const std::string& name) {
        app_->get_option(name)->group("Common options");
    };
    add_value(
        "--corpus", common_.corpus,
        [](const std::string& word) { return word.empty() ? std::nullopt : std::optional(word); },
        "the name of a folder",
        "Folder of the corpus (default: $REFRAIN_CORPUS, else $XDG_DATA_HOME/refrain)");
    add_flag("--json", common_.is_json, "One JSON object per line on standard output");
    add_flag("--quiet", common_.is_quiet, "No progress and no messages but errors");
    add_value(
        "--threads", common_.threads,
        [](const std::string& word) { return parse_int(word, 0, kMaxThreads); },
        formatted("a number from 0 to %d", kMaxThreads), "Threads to use (default 0: all cores)");
    add_value(
        "--log-level", common_.log_level, parse_log_level, "trace, debug, info, warn, error or off",
        "Least log level on standard error: trace, debug, info, warn, error, off (default warn)");
    add_flag("--version", wants_version_, "Print the versions of refrain and its libraries");
    for (const char* name :
         {"--corpus", "--json", "--quiet", "--threads", "--log-level", "--version"}) {
        group(name);
    }
}

void CommandLine::add_flag(const std::string& name, bool& target, const std::string& description) {
    app_->add_flag(name, target, description);
}

void CommandLine::set_group(const std::string& name, const std::string& group) {
    app_->get_option(name)->group(group);
}

void CommandLine::add_text(const std::string& name,
                           std::string& target,
                           const std::string& description) {
    app_->add_option(name, target, description)->allow_extra_args(false)->type_name("TEXT");
}

void CommandLine::add_words(const std::string& name,
                            std::vector<std::string>& target,
                            const std::string& description) {
    app_->add_option(name, target, description)->allow_extra_args(false)->type_name("TEXT");
}

void CommandLine::add_checked(const std::string& name,
                              const Check& accept,
                              const std::string& expected,
                              const std::string& description) {
    app_->add_option_function<std::string>(
            name,
            [accept, name, expected](const std::string& word) {
                if (!accept(word)) {
                    throw CLI::ValidationError(
                        name, "expected " + expected + ", got '" + printable(word) + "'");
                }
            },
            description)
        ->allow_extra_args(false)
        ->type_name("VALUE");
}

void CommandLine::add_limits(Limits& limits) {
    const std::string bytes = "a number of bytes above 0, such as 500M";
    const std::string count = "a number above 0, such as 50M";
    const std::string seconds = "a number of seconds above 0";
    const auto parse_side = [](const std::string& word) -> std::optional<std::uint32_t> {
        const auto side = parse_count(word);
        return side && *side <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*side))
                                           : std::nullopt;
    };
    add_value("--max-bytes", limits.max_bytes, parse_bytes, bytes,
              "Largest file; K, M, G, T are powers of 1024 (default 8G)");
    add_value("--max-pixels", limits.max_pixels, parse_count, count,
              "Most pixels of one picture; K, M, G are powers of 1000 (default 150M)");
    add_value("--max-side", limits.max_side, parse_side, count,
              "Greatest width or height in pixels (default 65535)");
    add_value("--max-frames", limits.max_frames, parse_count, count,
              "Most frames of one video (default 2M)");
    add_value("--max-duration", limits.max_duration, parse_seconds, seconds,
              "Longest video in seconds (default 21600)");
    add_value("--max-memory", limits.max_memory_bytes, parse_bytes, bytes,
              "Most memory of one decoded picture (default 2G)");
    add_value("--max-time", limits.max_wall_time, parse_seconds, seconds,
              "Longest work on one file in seconds (default 14400)");
    for (const char* name : {"--max-bytes", "--max-pixels", "--max-side", "--max-frames",
                             "--max-duration", "--max-memory", "--max-time"}) {
        app_->get_option(name)->group("Limits for one file");
    }
}

void CommandLine::add_labels(std::map<std::string, std::string>& labels,
                             const std::string& description) {
    app_->add_option_function<std::vector<std::string>>(
            "--label",
            [&labels](const std::vector<std::string>& words) {
                for (const std::string& word : words) {
                    auto label = parse_label(word);
                    if (!label) {
                        throw CLI::ValidationError(
                            "--label", "expected KEY=VALUE, got '" + printable(word) + "'");
                    }
                    labels[std::move(label->first)] = std::move(label->second);
                }
            },
            description)
        ->allow_extra_args(false)
        ->type_name("TEXT");
}

void CommandLine::add_list(std::vector<std::string>& lists) {
    add_words("--list", lists,
              "Read inputs from this file, one path per line; - is standard input");
}

std::optional<int> CommandLine::parse(std::vector<std::string> arguments) {
    const auto marker = std::find(arguments.begin(), arguments.end(), "--");
    std::vector<std::string> after;
    if (marker != arguments.end()) {
        after.assign(std::make_move_iterator(marker + 1), std::make_move_iterator(arguments.end()));
        arguments.erase(marker, arguments.end());
    }
    // CLI11 takes them from the back.
    std::reverse(arguments.begin(), arguments.end());
    try {
        app_->parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        Output output;
        return output.line(app_->help()) ? kExitDone : kExitAllFailed;
    } catch (const CLI::ParseError& error) {
        return wrong_usage(error.what());
    }
    if (wants_version_) {
        Output output;
        return output.line(version_text()) ? kExitDone : kExitAllFailed;
    }
    return take_operands(std::move(after));
}

std::optional<int> CommandLine::parse_options_alone(std::vector<std::string> arguments) {
    const std::optional<int> code = parse(std::move(arguments));
    if (code || operands_.empty()) {
        return code;
    }
    return wrong_usage("unexpected argument " + operands_.front());
}

std::optional<int> CommandLine::take_operands(std::vector<std::string> after_marker) {
    for (std::string& word : app_->remaining()) {
        if (word.size() > 1 && word.front() == '-') {
            return wrong_usage("unknown option " + word);
        }
        operands_.push_back(std::move(word));
    }
    operands_.insert(operands_.end(), std::make_move_iterator(after_marker.begin()),
                     std::make_move_iterator(after_marker.end()));
    return std::nullopt;
}

int CommandLine::wrong_usage(std::string_view what) const {
    write_to_stderr("refrain " + command_ + ": " + printable(what) + "\nTry: refrain " + command_ +
                    " --help\n");
    return kExitUsage;
}

std::string version_text() {
    const Versions all = versions();
    return "refrain " + all.refrain + " (FFmpeg " + all.ffmpeg + ", OpenCV " + all.opencv +
           ", FAISS " + all.faiss + ", SQLite " + all.sqlite + ")";
}

}  // namespace refrain::cli

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <stdio.h>

#include "refrain/bundle.h"
#include "refrain/fingerprinter.h"
#include "refrain/json.h"

#include "cli/byte_stream.h"
#include "cli/commands.h"
#include "cli/each_input.h"
#include "cli/sandbox_choice.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

struct FingerprintSettings {
    InputSpec inputs;
    FingerprintOptions fingerprint;
    std::map<std::string, std::string> labels;
    std::string out;
    SandboxChoice sandbox;
};

/// The bundle under another name until it is whole.
class BundleFile {
  public:
    static Result<BundleFile> make(const std::string& path) {
        BundleFile file;
        file.path_ = path;
        file.new_path_ = path + ".new-" + std::to_string(::getpid());
        file.descriptor_ = Descriptor(
            ::open(file.new_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!file.descriptor_.is_open()) {
            return Error{ErrorCode::kUnreadable,
                         file.new_path_ + ": " + std::generic_category().message(errno)};
        }
        return file;
    }

    [[nodiscard]] BundleSink sink() {
        return [this](std::span<const std::byte> bytes) {
            return write_bytes(descriptor_.get(), bytes, new_path_);
        };
    }

    /// Gives it its name, once it is on disk.
    [[nodiscard]] Result<void> publish() {
        if (::fsync(descriptor_.get()) != 0 || ::rename(new_path_.c_str(), path_.c_str()) != 0) {
            return Error{ErrorCode::kUnreadable,
                         path_ + ": " + std::generic_category().message(errno)};
        }
        return {};
    }
    void discard() { ::unlink(new_path_.c_str()); }

  private:
    BundleFile() = default;

    std::string path_;
    std::string new_path_;
    Descriptor descriptor_;
};

struct Made {
    FingerprintReport report;
    NewItem item;
};

std::uint64_t frames_of(const Fingerprint& fingerprint) {
    std::uint64_t frames = fingerprint.frames.size();
    for (const Fingerprint& part : fingerprint.more_parts) {
        frames += part.frames.size();
    }
    return frames;
}

std::size_t weight_of(const Made& made) {
    constexpr std::size_t kReport = 1024;
    std::size_t bytes = kReport + made.report.frames * sizeof(FrameHash);
    for (const LocalFrame& frame : made.item.fingerprint.local) {
        bytes += sizeof(LocalFrame) + frame.points.size() * sizeof(LocalPoint);
    }
    return bytes;
}

class Bundler {
  public:
    Bundler(Session& session, FingerprintSettings settings, BundleFile file)
        : session_(session),
          settings_(std::move(settings)),
          plan_(plan_threads(settings_.inputs, session.options())),
          file_(std::move(file)),
          writer_(file_.sink()) {}

    int run(InputSource& source) {
        each_input<Made>(
            session_, source, plan_,
            {.work = [this](Input input,
                            const std::stop_token& stop) { return make(std::move(input), stop); },
             .consume = [this](std::vector<Made>& batch) { return write(batch); },
             .weigh = weight_of});
        // Interrupted or not: what is in it is whole.
        if (!error_) {
            Result<void> finished = writer_.finish();
            finished = finished ? file_.publish() : finished;
            if (!finished) {
                error_ = finished.error();
            }
        }
        if (error_) {
            file_.discard();
            session_.complain(error_->message);
            return session_.finish(kExitAllFailed);
        }
        return session_.finish(tally_.exit_code());
    }

  private:
    Made make(Input input, const std::stop_token& stop) {
        Made made;
        made.report.input = std::move(input.path);
        made.report.name = file_name(made.report.input);
        FingerprintOptions options = settings_.fingerprint;
        options.decoder_threads = plan_.threads_for(input);
        if (input.error) {
            made.report.error = std::move(input.error);
            return made;
        }
        auto run = Fingerprinter(options, session_.log())
                       .fingerprint_file(made.report.input,
                                         control_for(session_, made.report.input, stop));
        if (!run) {
            made.report.error = run.error();
            return made;
        }
        made.report.media = run->fingerprint.media;
        made.report.frames = frames_of(run->fingerprint);
        made.report.is_partial = is_partial(run->fingerprint);
        made.item.fingerprint = std::move(run->fingerprint);
        made.item.bank.clear();
        made.item.name = made.report.name;
        made.item.labels = settings_.labels;
        made.item.source = absolute_path(made.report.input);
        return made;
    }

    bool write(std::vector<Made>& batch) {
        for (Made& made : batch) {
            if (session_.must_end()) {
                return false;
            }
            if (!made.report.error) {
                if (const Result<void> added = writer_.add(made.item); !added) {
                    error_ = added.error();
                    return false;
                }
            }
            const FingerprintReport& report = made.report;
            ++(report.error ? tally_.failed : tally_.done);
            session_.print(session_.options().is_json ? to_json(report) : text_of(report));
            session_.progress().finish_one();
        }
        return !session_.must_end();
    }

    static std::string text_of(const FingerprintReport& report) {
        const std::string input = printable(report.input);
        if (report.error) {
            return input + ": failed: " + std::string(error_code_name(report.error->code)) + ": " +
                   printable(report.error->message);
        }
        return input + formatted(": %s, %llu frames", report.is_partial ? "partial" : "written",
                                 static_cast<unsigned long long>(report.frames));
    }

    Session& session_;
    FingerprintSettings settings_;
    ThreadPlan plan_;
    BundleFile file_;
    BundleWriter writer_;
    Tally tally_;
    std::optional<Error> error_;
};

}  // namespace

int run_fingerprint(Arguments arguments, const std::stop_token& stop) {
    CommandLine line(
        "fingerprint",
        "Fingerprint images and videos into a bundle, without a corpus. refrain import\n"
        "makes known what it holds, on any machine and without the media.",
        "INPUT...");
    FingerprintSettings settings;
    line.add_text("--out", settings.out, "The bundle to write; one that is there is replaced");
    line.add_labels(settings.labels, "KEY=VALUE to keep with each item; may be repeated");
    line.add_list(settings.inputs.lists);
    line.add_limits(settings.fingerprint.limits);
    add_sandbox_options(line, settings.sandbox);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    settings.inputs.operands = line.operands();
    if (settings.inputs.operands.empty() && settings.inputs.lists.empty()) {
        return line.wrong_usage("no input given");
    }
    if (settings.out.empty()) {
        return line.wrong_usage("--out is missing: the bundle to write");
    }
    Session session("fingerprint", line.common(), stop);
    auto source = open_inputs(session, settings.inputs);
    if (!source) {
        return kExitUsage;
    }
    if (!start_sandbox(session, settings.sandbox, settings.fingerprint)) {
        return session.finish(kExitAllFailed);
    }
    auto file = BundleFile::make(settings.out);
    if (!file) {
        session.complain(file.error().message);
        return session.finish(kExitAllFailed);
    }
    return Bundler(session, std::move(settings), std::move(file).value()).run(*source);
}

}  // namespace refrain::cli

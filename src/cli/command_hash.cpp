#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "refrain/fingerprinter.h"
#include "refrain/json.h"

#include "cli/commands.h"
#include "cli/each_input.h"
#include "cli/sandbox_choice.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

enum class HashFormat { kText, kJson, kPdq, kVpdq };

struct HashSettings {
    InputSpec inputs;
    FingerprintOptions fingerprint;
    HashFormat format = HashFormat::kText;
    SandboxChoice sandbox;
};

std::optional<HashFormat> parse_format(const std::string& word) {
    if (word == "text") {
        return HashFormat::kText;
    }
    if (word == "pdq") {
        return HashFormat::kPdq;
    }
    if (word == "vpdq") {
        return HashFormat::kVpdq;
    }
    return std::nullopt;
}

/// The first hashed frame: of an image its only one, of a video its opening picture.
std::string pdq_line(const HashReport& report) {
    const FrameHash& frame = report.fingerprint->frames.front();
    return to_hex(frame.hash) + formatted(",%d,", frame.quality) + pdq_path_field(report.input);
}

/// One line per sampled frame; the first field counts these lines from 0.
std::string vpdq_lines(const HashReport& report) {
    std::string text;
    std::size_t number = 0;
    for (const FrameHash& frame : report.fingerprint->frames) {
        const std::int64_t ms = frame.time.ms();
        const std::int64_t size = ms < 0 ? -ms : ms;
        text += formatted("%s%zu,%d,%s,%s%lld.%03lld", number == 0 ? "" : "\n", number,
                          frame.quality, to_hex(frame.hash).c_str(), ms < 0 ? "-" : "",
                          static_cast<long long>(size / 1000), static_cast<long long>(size % 1000));
        ++number;
    }
    return text;
}

/// Prints one result; failures of the two exchange formats go to standard error, since their
/// lines have no place for them.
void print_report(Session& session, const HashReport& report, HashFormat format) {
    if (format == HashFormat::kJson) {
        session.print(to_json(report));
        return;
    }
    if (format == HashFormat::kText) {
        session.print(hash_text(report));
        return;
    }
    if (report.error) {
        session.complain(report.input + ": " + std::string(error_code_name(report.error->code)) +
                         ": " + report.error->message);
        return;
    }
    if (report.fingerprint->decode.is_partial) {
        session.note(report.input + ": decoded in part: " + report.fingerprint->decode.damage);
    }
    session.print(format == HashFormat::kPdq ? pdq_line(report) : vpdq_lines(report));
}

/// Bytes, about, of a report.
std::size_t weight_of(const HashReport& report) {
    constexpr std::size_t kSmall = 1024;
    return kSmall +
           (report.fingerprint ? report.fingerprint->frames.size() * sizeof(FrameHash) : 0);
}

HashReport hash_input(Session& session,
                      const Fingerprinter& fingerprinter,
                      Input input,
                      const std::stop_token& stop) {
    HashReport report;
    report.input = std::move(input.path);
    if (input.error) {
        report.error = std::move(input.error);
        return report;
    }
    auto run =
        fingerprinter.fingerprint_file(report.input, control_for(session, report.input, stop));
    if (!run) {
        report.error = run.error();
    } else if (run->fingerprint.frames.empty()) {
        report.error = Error{ErrorCode::kCorrupt, "no frame could be hashed"};
    } else {
        report.fingerprint = std::move(run->fingerprint);
    }
    return report;
}

int hash_all(Session& session, HashSettings settings) {
    auto source = open_inputs(session, settings.inputs);
    if (!source) {
        return kExitUsage;
    }
    const ThreadPlan plan = plan_threads(settings.inputs, session.options());
    Tally tally;
    each_input<HashReport>(session, *source, plan,
                           {.work =
                                [&](Input input, const std::stop_token& stop) {
                                    FingerprintOptions options = settings.fingerprint;
                                    options.decoder_threads = plan.threads_for(input);
                                    return hash_input(session,
                                                      Fingerprinter(options, session.log()),
                                                      std::move(input), stop);
                                },
                            .consume =
                                [&](std::vector<HashReport>& batch) {
                                    for (const HashReport& report : batch) {
                                        if (session.must_end()) {
                                            return false;
                                        }
                                        print_report(session, report, settings.format);
                                        ++(report.error ? tally.failed : tally.done);
                                        session.progress().finish_one();
                                    }
                                    return !session.must_end();
                                },
                            .weigh = weight_of});
    return session.finish(tally.exit_code());
}

}  // namespace

int run_hash(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("hash", "Print fingerprints of images and videos; touches no corpus.",
                     "INPUT...");
    HashSettings settings;
    std::optional<MediaTime> interval;
    line.add_value("--format", settings.format, parse_format, "text, pdq or vpdq",
                   "text (default); pdq: hash,quality,path; vpdq: frame,quality,hash,timestamp");
    line.add_value("--interval", interval, parse_seconds, "a number of seconds above 0",
                   "Hash a frame every so many seconds of presentation time (default 1)");
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
    // What is printed is for other tools: exact PDQ, unlike the codes of a corpus.
    settings.fingerprint.sampling = Sampling::kInterval;
    settings.fingerprint.interval = interval.value_or(MediaTime::from_seconds(1));
    if (line.common().is_json) {
        settings.format = HashFormat::kJson;
    }
    Session session("hash", line.common(), stop);
    if (!start_sandbox(session, settings.sandbox, settings.fingerprint)) {
        return session.finish(kExitAllFailed);
    }
    return hash_all(session, std::move(settings));
}

}  // namespace refrain::cli

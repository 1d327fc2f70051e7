#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "refrain/export.h"
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

/// Calls `take` for each part that the exchange formats list: all that have a hash, but twins on
/// white, since other tools know one ground.
template <typename Take>
void each_listed_part(const Fingerprint& fingerprint, const Take& take) {
    const auto offer = [&take](const Fingerprint& part) {
        if (!part.part.is_on_white && !part.frames.empty()) {
            take(part);
        }
    };
    offer(fingerprint);
    std::for_each(fingerprint.more_parts.begin(), fingerprint.more_parts.end(), offer);
}

/// Of each part the first hashed frame: of an image its only one, of a video its opening picture.
std::string pdq_lines(const HashReport& report) {
    std::string text;
    each_listed_part(*report.fingerprint, [&](const Fingerprint& part) {
        const FrameHash& frame = part.frames.front();
        text += text.empty() ? "" : "\n";
        text += to_hex(frame.hash) + formatted(",%d,", frame.quality) + list_name(report.input);
    });
    return text;
}

/// One line per sampled frame; the first field counts these lines from 0 in each part.
std::string vpdq_lines(const HashReport& report) {
    std::string text;
    each_listed_part(*report.fingerprint, [&text](const Fingerprint& part) {
        std::size_t number = 0;
        for (const FrameHash& frame : part.frames) {
            const std::int64_t ms = frame.time.ms();
            const std::int64_t size = ms < 0 ? -ms : ms;
            text += text.empty() ? "" : "\n";
            text +=
                formatted("%zu,%d,%s,%s%lld.%03lld", number, frame.quality,
                          to_hex(frame.hash).c_str(), ms < 0 ? "-" : "",
                          static_cast<long long>(size / 1000), static_cast<long long>(size % 1000));
            ++number;
        }
    });
    return text;
}

bool has_hash(const Fingerprint& fingerprint) {
    return !fingerprint.frames.empty() ||
           std::any_of(fingerprint.more_parts.begin(), fingerprint.more_parts.end(), has_hash);
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
    if (is_partial(*report.fingerprint)) {
        session.note(report.input + ": decoded in part: " + report.fingerprint->decode.damage);
    }
    session.print(format == HashFormat::kPdq ? pdq_lines(report) : vpdq_lines(report));
}

/// Bytes, about, of a report.
std::size_t weight_of(const HashReport& report) {
    constexpr std::size_t kSmall = 1024;
    std::size_t frames = 0;
    if (report.fingerprint) {
        frames = report.fingerprint->frames.size();
        for (const Fingerprint& part : report.fingerprint->more_parts) {
            frames += part.frames.size();
        }
    }
    return kSmall + frames * sizeof(FrameHash);
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
    } else if (!has_hash(run->fingerprint)) {
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

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "refrain/bundle.h"
#include "refrain/json.h"

#include "cli/byte_stream.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/export_text.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

constexpr const char* kFormats = "jsonl, csv, pdq, vpdq, digests or records";

enum class ExportFormat { kNone, kJsonLines, kCsv, kPdq, kVpdq, kDigests, kRecords };

std::optional<ExportFormat> parse_format(const std::string& word) {
    return word == "jsonl"     ? std::optional(ExportFormat::kJsonLines)
           : word == "csv"     ? std::optional(ExportFormat::kCsv)
           : word == "pdq"     ? std::optional(ExportFormat::kPdq)
           : word == "vpdq"    ? std::optional(ExportFormat::kVpdq)
           : word == "digests" ? std::optional(ExportFormat::kDigests)
           : word == "records" ? std::optional(ExportFormat::kRecords)
                               : std::nullopt;
}

struct ExportSettings {
    ExportFormat format = ExportFormat::kNone;
    std::vector<std::string> banks;
    std::map<std::string, std::string> labels;
};

bool is_wanted(const ItemSummary& item, const ExportSettings& settings) {
    const bool is_of_bank =
        settings.banks.empty() ||
        std::find(settings.banks.begin(), settings.banks.end(), item.bank) != settings.banks.end();
    return is_of_bank &&
           std::all_of(settings.labels.begin(), settings.labels.end(), [&](const auto& label) {
               const auto found = item.labels.find(label.first);
               return found != item.labels.end() && found->second == label.second;
           });
}

/// Writes the items that a format can hold, and counts the others.
class Exporter {
  public:
    Exporter(Session& session, const ExportSettings& settings)
        : session_(session), settings_(settings), bundle_([](std::span<const std::byte> bytes) {
              return write_bytes(STDOUT_FILENO, bytes, "standard output");
          }) {}

    /// @return whether to go on
    bool take(const ItemSummary& item, Fingerprint&& fingerprint) {
        if (!is_wanted(item, settings_)) {
            return !session_.must_end();
        }
        switch (settings_.format) {
            case ExportFormat::kJsonLines:
                session_.print(to_json(item));
                break;
            case ExportFormat::kCsv:
                session_.print(csv_row(item, fingerprint));
                break;
            case ExportFormat::kPdq:
                // The codes of media are no exact PDQ.
                if (fingerprint.codes != CodeKind::kExactPdq ||
                    item.media.kind != MediaKind::kImage || fingerprint.frames.empty()) {
                    ++left_out_;
                    break;
                }
                session_.print(to_hex(fingerprint.frames.front().hash) +
                               formatted(",%d,", fingerprint.frames.front().quality) +
                               pdq_path_field(item.name));
                break;
            case ExportFormat::kVpdq:
                if (fingerprint.codes != CodeKind::kExactPdq ||
                    item.media.kind != MediaKind::kVideo || fingerprint.frames.empty()) {
                    ++left_out_;
                    break;
                }
                session_.print(vpdq_line(fingerprint));
                break;
            case ExportFormat::kDigests:
                print_digests(item, fingerprint);
                break;
            case ExportFormat::kRecords:
                return write_record(item, std::move(fingerprint));
            case ExportFormat::kNone:
                break;
        }
        return !session_.must_end();
    }

    /// @return the exit code
    ExitCode finish() {
        if (settings_.format == ExportFormat::kRecords && !error_ && !session_.must_end()) {
            if (const Result<void> finished = bundle_.finish(); !finished) {
                error_ = finished.error();
            }
        }
        if (left_out_ > 0) {
            session_.note(formatted("left out, since the format cannot hold them: %llu",
                                    static_cast<unsigned long long>(left_out_)));
        }
        if (error_) {
            session_.complain(error_->message);
            return kExitAllFailed;
        }
        return kExitDone;
    }

  private:
    void print_digests(const ItemSummary& item, const Fingerprint& fingerprint) {
        const std::string name = "  " + pdq_path_field(item.name);
        for (const FileDigest& digest : fingerprint.digests) {
            session_.print(to_hex(digest) + name);
        }
        if (!is_hash_only(item.media)) {
            session_.print(to_hex(item.media.digest.sha256) + name);
        } else if (fingerprint.digests.empty()) {
            ++left_out_;
        }
    }

    bool write_record(const ItemSummary& item, Fingerprint&& fingerprint) {
        NewItem known;
        known.fingerprint = std::move(fingerprint);
        known.id = item.id;
        known.bank = item.bank;
        known.name = item.name;
        known.labels = item.labels;
        known.source = item.source;
        if (const Result<void> added = bundle_.add(known); !added) {
            error_ = added.error();
            return false;
        }
        return !session_.must_end();
    }

    Session& session_;
    const ExportSettings& settings_;
    BundleWriter bundle_;
    std::uint64_t left_out_ = 0;
    std::optional<Error> error_;
};

}  // namespace

int run_export(Arguments arguments, const std::stop_token& stop) {
    CommandLine line(
        "export",
        "Write items to standard output: jsonl and csv, what is known of each; pdq and\n"
        "vpdq, the codes of items that came from hash lists; digests, the SHA-256 of media\n"
        "and the digests of lists; records, a bundle with fingerprints for import\n"
        "elsewhere, without the media.",
        "");
    ExportSettings settings;
    line.add_value("--format", settings.format, parse_format, kFormats, kFormats);
    line.add_words("--bank", settings.banks, "Export this bank; may be repeated (default: all)");
    line.add_labels(settings.labels, "KEY=VALUE that items have; may be repeated");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (!line.operands().empty()) {
        return line.wrong_usage("unexpected argument " + line.operands().front());
    }
    if (settings.format == ExportFormat::kNone) {
        return line.wrong_usage(std::string("--format is missing: ") + kFormats);
    }
    if (settings.format == ExportFormat::kRecords && ::isatty(STDOUT_FILENO) == 1) {
        return line.wrong_usage("a bundle is not for a terminal; send standard output to a file");
    }
    Session session("export", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    if (const auto code = session.check_banks(*corpus, settings.banks)) {
        return session.finish(*code);
    }
    Exporter exporter(session, settings);
    if (settings.format == ExportFormat::kCsv) {
        session.print(csv_heading());
    }
    std::uint64_t damaged = 0;
    const auto read = corpus->each_fingerprint(
        [&](const ItemSummary& item, Fingerprint&& fingerprint) {
            return exporter.take(item, std::move(fingerprint));
        },
        [&](const Damage&) { ++damaged; });
    if (!read) {
        session.complain(read.error().message);
        return session.finish(kExitAllFailed);
    }
    session.complain_of_damage(damaged);
    const ExitCode code = exporter.finish();
    return session.finish(code == kExitDone && damaged > 0 ? kExitSomeFailed : code);
}

}  // namespace refrain::cli

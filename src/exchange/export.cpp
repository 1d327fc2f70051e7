#include "refrain/export.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "refrain/json.h"

#include "exchange/export_text.h"

namespace refrain {

namespace {

/// The words of the command line and the media types, in the order of ExportFormat.
struct FormatNames {
    ExportFormat format;
    std::string_view name;
    std::string_view media_type;
};
constexpr std::array<FormatNames, 6> kFormats{{
    {ExportFormat::kJsonLines, "jsonl", "application/x-ndjson"},
    {ExportFormat::kCsv, "csv", "text/csv"},
    {ExportFormat::kPdq, "pdq", "text/plain"},
    {ExportFormat::kVpdq, "vpdq", "application/x-ndjson"},
    {ExportFormat::kDigests, "digests", "text/plain"},
    {ExportFormat::kRecords, "records", "application/octet-stream"},
}};

const FormatNames& names_of(ExportFormat format) {
    for (const FormatNames& one : kFormats) {
        if (one.format == format) {
            return one;
        }
    }
    return kFormats.front();
}

bool has_exact_codes(const Fingerprint& fingerprint, MediaKind kind) {
    return fingerprint.codes == CodeKind::kExactPdq && fingerprint.media.kind == kind &&
           !fingerprint.frames.empty();
}

std::string digest_lines(const ItemSummary& item, const Fingerprint& fingerprint) {
    const std::string name = "  " + list_name(item.name) + "\n";
    std::string lines;
    for (const FileDigest& digest : fingerprint.digests) {
        lines += to_hex(digest) + name;
    }
    if (!is_hash_only(item.media)) {
        lines += to_hex(item.media.digest.sha256) + name;
    }
    return lines;
}

/// An item as whole lines of a text format; empty where the format cannot hold it.
std::string lines_of(ExportFormat format, const ItemSummary& item, const Fingerprint& fingerprint) {
    switch (format) {
        case ExportFormat::kJsonLines:
            return to_json(item) + "\n";
        case ExportFormat::kCsv:
            return exchange::csv_row(item, fingerprint) + "\n";
        case ExportFormat::kPdq:
            // The codes of media are no exact PDQ.
            return has_exact_codes(fingerprint, MediaKind::kImage)
                       ? to_hex(fingerprint.frames.front().hash) + "," +
                             std::to_string(fingerprint.frames.front().quality) + "," +
                             list_name(item.name) + "\n"
                       : std::string();
        case ExportFormat::kVpdq:
            return has_exact_codes(fingerprint, MediaKind::kVideo)
                       ? exchange::vpdq_line(fingerprint) + "\n"
                       : std::string();
        case ExportFormat::kDigests:
            return digest_lines(item, fingerprint);
        case ExportFormat::kRecords:
            break;
    }
    return {};
}

/// Writes the items that a format can hold, and counts the others.
class Exporter {
  public:
    Exporter(ExportFormat format, const BundleSink& sink)
        : format_(format), sink_(sink), bundle_([this](std::span<const std::byte> bytes) {
              return write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
          }) {}

    Result<void> begin() {
        return format_ == ExportFormat::kCsv ? write(exchange::csv_heading() + "\n")
                                             : Result<void>();
    }

    Result<void> take(const ItemSummary& item, Fingerprint&& fingerprint) {
        if (format_ == ExportFormat::kRecords) {
            ++counts_.written;
            return bundle_.add(item_of(item, std::move(fingerprint)));
        }
        const std::string lines = lines_of(format_, item, fingerprint);
        ++(lines.empty() ? counts_.left_out : counts_.written);
        return write(lines);
    }

    Result<void> finish() {
        if (format_ == ExportFormat::kRecords) {
            if (Result<void> finished = bundle_.finish(); !finished) {
                return finished;
            }
        }
        return flush();
    }

    [[nodiscard]] ExportCounts& counts() { return counts_; }

  private:
    static NewItem item_of(const ItemSummary& item, Fingerprint&& fingerprint) {
        NewItem known;
        known.fingerprint = std::move(fingerprint);
        known.id = item.id;
        known.bank = item.bank;
        known.name = item.name;
        known.labels = item.labels;
        known.source = item.source;
        return known;
    }

    Result<void> write(std::string_view bytes) {
        constexpr std::size_t kAtOnce = 65'536;
        waiting_ += bytes;
        return waiting_.size() < kAtOnce ? Result<void>() : flush();
    }

    Result<void> flush() {
        Result<void> taken;
        if (!waiting_.empty()) {
            taken = sink_(std::as_bytes(std::span(waiting_)));
        }
        waiting_.clear();
        return taken;
    }

    ExportFormat format_;
    const BundleSink& sink_;
    std::string waiting_;
    BundleWriter bundle_;
    ExportCounts counts_;
};

/// Visits the items that a filter lets through, by id; `visit` returns false to end.
Result<void> each_of(const Corpus& corpus,
                     const ItemFilter& filter,
                     const std::function<bool(const ItemSummary&, Fingerprint&&)>& visit,
                     const std::function<void(const Damage&)>& damaged) {
    constexpr std::size_t kItemsPerPage = 1000;
    std::string after;
    do {
        const Result<ItemPage> page = corpus.list(filter, ItemOrder::kId, after, kItemsPerPage);
        if (!page) {
            return page.error();
        }
        std::ranges::for_each(page->damaged, damaged);
        for (const ItemSummary& item : page->items) {
            Result<std::optional<Fingerprint>> known = corpus.known_fingerprint(item.id);
            if (!known && known.error().code != ErrorCode::kCorpusDamaged) {
                return known.error();
            }
            if (!known) {
                damaged({item.id, known.error().message, item.source, {}});
            } else if (*known && !visit(item, std::move(**known))) {  // none: it went meanwhile
                return {};
            }
        }
        after = page->next;
    } while (!after.empty());
    return {};
}

}  // namespace

std::string_view export_format_name(ExportFormat format) { return names_of(format).name; }

std::string_view export_media_type(ExportFormat format) { return names_of(format).media_type; }

std::optional<ExportFormat> export_format_named(std::string_view name) {
    for (const FormatNames& one : kFormats) {
        if (one.name == name) {
            return one.format;
        }
    }
    return std::nullopt;
}

Result<ExportCounts> export_items(const Corpus& corpus,
                                  const ExportOptions& options,
                                  const BundleSink& sink,
                                  const std::stop_token& stop) {
    if (!sink) {
        return Error{ErrorCode::kInvalidArgument, "an export needs a sink"};
    }
    Exporter exporter(options.format, sink);
    Result<void> written = exporter.begin();
    const auto visit = [&](const ItemSummary& item, Fingerprint&& fingerprint) {
        written = stop.stop_requested() ? Error{ErrorCode::kCancelled, "export: stopped"}
                                        : exporter.take(item, std::move(fingerprint));
        return written.ok();
    };
    const auto damaged = [&](const Damage&) {
        ++exporter.counts().damaged;
    };
    if (written) {
        const Result<void> read = options.filter == ItemFilter()
                                      ? corpus.each_fingerprint(visit, damaged)
                                      : each_of(corpus, options.filter, visit, damaged);
        if (!read) {
            return read.error();
        }
    }
    if (written) {
        written = exporter.finish();
    }
    return written ? Result<ExportCounts>(exporter.counts()) : written.error();
}

}  // namespace refrain

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "refrain/api.h"
#include "refrain/bundle.h"
#include "refrain/corpus.h"
#include "refrain/result.h"

namespace refrain {

/// How items are written for others; docs/cli.md and docs/bundle-format.md describe each.
enum class ExportFormat : std::uint8_t {
    kJsonLines,  ///< a `refrain.item/1` a line
    kCsv,        ///< a table with a heading, fields quoted as RFC 4180 says
    kPdq,        ///< exact PDQ of lone pictures: `HEX,QUALITY,NAME`
    kVpdq,       ///< exact PDQ of films: a JSON array a line
    kDigests,    ///< `HEX  NAME`, as `sha256sum` writes
    kRecords,    ///< a bundle of fingerprints (bundle.h)
};

/// `jsonl`, `csv`, `pdq`, `vpdq`, `digests`, `records`.
[[nodiscard]] REFRAIN_API std::string_view export_format_name(ExportFormat format);
[[nodiscard]] REFRAIN_API std::optional<ExportFormat> export_format_named(std::string_view name);
/// `text/csv` and the like; each format has one.
[[nodiscard]] REFRAIN_API std::string_view export_media_type(ExportFormat format);

/// What is exported, and as what. Thread safety: a value.
struct ExportOptions {
    ExportFormat format = ExportFormat::kJsonLines;
    ItemFilter filter;
};

/// What became of the items that the filter lets through.
struct ExportCounts {
    std::uint64_t written = 0;
    std::uint64_t left_out = 0;  ///< the format cannot hold them
    std::uint64_t damaged = 0;   ///< cannot be read
};

/// Writes items to `sink`, 64 KiB or a record at a time. Of a corpus that changes meanwhile an item
/// that comes or goes may be written or not.
///
/// @error kCancelled  stopped
/// @error kInvalidArgument (there is no `sink`), kCorpusDamaged, kCorpusBusy; any that the sink
/// gave
///
/// Cost: reads the records of the items that the filter lets through; with a filter, each by its
/// id. Memory: 8 MiB, or one record more; with kRecords eight bytes for each item, too. Thread
/// safety: as of Corpus.
[[nodiscard]] REFRAIN_API Result<ExportCounts> export_items(const Corpus& corpus,
                                                            const ExportOptions& options,
                                                            const BundleSink& sink,
                                                            const std::stop_token& stop = {});

/// A name as it stands at the end of a line of a hash list: as it is, or in quotes with escapes
/// where it begins with a quote or holds bytes that would end the line. Thread safety: pure.
[[nodiscard]] REFRAIN_API std::string list_name(std::string_view name);

}  // namespace refrain

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "refrain/api.h"
#include "refrain/corpus.h"
#include "refrain/feeds.h"
#include "refrain/result.h"

namespace refrain {

/// What is imported, and as what. Thread safety: a value.
struct ImportOptions {
    FeedFormat format = FeedFormat::kAuto;
    bool is_word_reversed = false;  ///< FeedOptions::is_word_reversed
    /// The bank that takes the items. Empty: the bank that a bundle names, or `default`.
    std::string bank;
    /// Labels that each item gets. Where an item has a label of the same name, this one counts.
    std::map<std::string, std::string> labels;
    std::string source;  ///< name of the list or feed; empty: that of its format
    Author author;       ///< stands in the log of changes
};

/// A line, an entry or a record that made nothing known.
struct ImportRefusal {
    /// Why: a word of FeedRefusal or BundleRefusal, or the name of an ErrorCode. Never freed.
    std::string_view reason;
    /// The line of a list or feed, or the record of a bundle, counted from 1.
    std::uint64_t line = 0;
    std::string detail;  ///< one line for people; may be empty
};

/// What became of an input. `inspect_import` counts what `import_into` would do.
struct ImportCounts {
    FeedFormat format = FeedFormat::kAuto;  ///< the format it was read as
    std::uint64_t lines = 0;                ///< lines of a list or feed, or records of a bundle
    std::uint64_t added = 0;                ///< items that are known now and were not before
    std::uint64_t exists = 0;               ///< items that the bank held before
    /// Items that were removed. `inspect_import`: entries that the feed withdraws.
    std::uint64_t deleted = 0;
    /// Items that the feed withdrew and that stay, since something else asserts them.
    std::uint64_t kept = 0;
    std::uint64_t stale = 0;           ///< entries older than what their source said before
    std::uint64_t passed_over = 0;     ///< lines that are blank, comments or headings
    std::uint64_t unknown_fields = 0;  ///< FeedCounts::unknown_fields
    std::map<std::string, std::uint64_t> refused;  ///< ImportRefusals, by reason
    /// Why the import ended before its input did. What is counted above is done and stays.
    std::optional<Error> error;
};

/// Called for each refusal, in the thread that imports. Refusals come in the order of lines, but
/// those that a commit causes come with the commit. Must not throw.
using RefusalVisitor = std::function<void(const ImportRefusal&)>;

/// Makes known what a list, a feed or a bundle (bundle.h) holds.
///
/// Items are committed 512 at a time, and what is counted as added is on disk. Importing the same
/// input again adds nothing twice, so an import that was interrupted can just be repeated. Several
/// may run at once.
///
/// Each item keeps what its sources say of it (SourceClaim). An item that a feed withdraws is
/// removed, unless another source asserts it or its medium was here. An item of a bundle keeps its
/// id, unless ImportOptions::bank names another bank. Labels that a known item lacks are added.
///
/// @error kUnsupportedFormat  none that is known
///
/// Cost: one pass over the input, and a durable commit for each batch. Memory: one batch, at most
/// 64 MiB or one record more. Thread safety: as of Corpus; the callbacks run in the calling thread.
///
///     ImportOptions options;
///     options.format = FeedFormat::kPdq;
///     options.bank = "list of the week";
///     const Result<ImportCounts> counts = import_into(corpus, bytes, options);
///     if (counts && !counts->error) {
///         std::cout << counts->added << " added, " << counts->exists << " known before\n";
///     }
[[nodiscard]] REFRAIN_API Result<ImportCounts> import_into(Corpus& corpus,
                                                           const FeedBytes& bytes,
                                                           const ImportOptions& options,
                                                           const RefusalVisitor& refused = {},
                                                           const std::stop_token& stop = {});

/// Reads an input of any format to its end and counts, without a corpus. Nothing is made known, so
/// whether a bank holds an item already is not told.
///
/// @error kUnsupportedFormat  the input looks like no format that is known
/// @error kCancelled; any error of `bytes`
///
/// Cost: one pass over the input. Memory: one entry. Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<ImportCounts> inspect_import(const FeedBytes& bytes,
                                                              const ImportOptions& options,
                                                              const RefusalVisitor& refused = {},
                                                              const std::stop_token& stop = {});

}  // namespace refrain

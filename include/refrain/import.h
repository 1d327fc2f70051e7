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

/// What is imported, and as what.
struct ImportOptions {
    FeedFormat format = FeedFormat::kAuto;
    bool is_word_reversed = false;              ///< as of FeedOptions
    std::string bank;                           ///< empty: as a bundle says, else `default`
    std::map<std::string, std::string> labels;  ///< given to each item, over its own
    std::string source;  ///< name of the list or feed; empty: that of its format
    Author author;       ///< stands in the log of changes
};

/// A line, entry or record that made nothing known.
struct ImportRefusal {
    std::string_view reason;  ///< as of FeedRefusal and BundleRefusal, or the name of an ErrorCode
    std::uint64_t line = 0;   ///< of a list or feed; of a bundle: the record; both from 1
    std::string detail;       ///< one line for people; may be empty
};

/// What became of an input.
struct ImportCounts {
    FeedFormat format = FeedFormat::kAuto;  ///< as it was read
    std::uint64_t lines = 0;                ///< of a list or feed; records of a bundle
    std::uint64_t added = 0;                ///< of `inspect_import`: entries that it would add
    std::uint64_t exists = 0;               ///< the bank held them before
    std::uint64_t deleted = 0;  ///< items that went; of `inspect_import`: withdrawn entries
    std::uint64_t kept = 0;     ///< items that were withdrawn and stay: something else asserts them
    std::uint64_t stale = 0;    ///< entries older than what their source said before
    std::uint64_t passed_over = 0;                 ///< lines that are blank, comments or headings
    std::uint64_t unknown_fields = 0;              ///< as of FeedCounts
    std::map<std::string, std::uint64_t> refused;  ///< by reason
    std::optional<Error> error;  ///< why the import ended before its input; what is counted stays
};

/// Called for each refusal, in order of lines but for what is refused by a commit.
using RefusalVisitor = std::function<void(const ImportRefusal&)>;

/// Makes known what a list, a feed or a bundle (bundle.h) holds. Up to 8192 entries are committed
/// at a time; what is counted is on disk. Importing again adds nothing twice, so an import that was
/// interrupted is done again, and several may run at once.
///
/// Each item keeps what sources say of it (SourceClaim). What a feed withdraws goes, unless another
/// source asserts it or its medium was here. An item of a bundle keeps its id, unless another bank
/// is asked for. Labels that a known item lacks are added to it.
///
/// @error kUnsupportedFormat  none that is known
///
/// Memory: one batch, at most 64 MiB or one record more. Thread safety: as of Corpus.
[[nodiscard]] REFRAIN_API Result<ImportCounts> import_into(Corpus& corpus,
                                                           const FeedBytes& bytes,
                                                           const ImportOptions& options,
                                                           const RefusalVisitor& refused = {},
                                                           const std::stop_token& stop = {});

/// Reads an input of any format to its end and counts, without a corpus.
///
/// @error kUnsupportedFormat  none that is known
[[nodiscard]] REFRAIN_API Result<ImportCounts> inspect_import(const FeedBytes& bytes,
                                                              const ImportOptions& options,
                                                              const RefusalVisitor& refused = {},
                                                              const std::stop_token& stop = {});

}  // namespace refrain

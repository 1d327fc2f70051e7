#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/api.h"
#include "refrain/corpus.h"
#include "refrain/duplicates.h"
#include "refrain/error.h"
#include "refrain/fingerprint.h"
#include "refrain/fingerprinter.h"
#include "refrain/import.h"
#include "refrain/sandbox.h"
#include "refrain/upkeep.h"
#include "refrain/verdict.h"

namespace refrain {

// The reports below are what the commands print with --json, one a line; docs/cli.md names every
// field. Programs that use the library fill them in to get the same lines. They are values: they
// own what they hold, and one thread at a time may change one.

/// Wall-clock cost of one look-up. `decode` and `hash` overlap where there are several threads.
struct Timing {
    MediaTime decode;
    MediaTime hash;
    MediaTime search;
    MediaTime total;
};

/// One input of `hash`. Either the fingerprint or the error is set.
struct HashReport {
    std::string input;  ///< as the caller wrote it, byte for byte; so in all reports
    std::optional<Fingerprint> fingerprint;
    std::optional<Error> error;
};

/// One input of `add`; without an error, `outcome` and `media` are set.
struct REFRAIN_API AddReport {
    std::string input;
    std::string name;
    std::string bank;
    std::optional<AddOutcome> outcome;
    std::optional<MediaInfo> media;
    std::vector<PartSummary> parts;  ///< of the medium; fewer than two: it has one
    std::optional<DecodeReport> decode;
    std::optional<ItemSummary> known;  ///< with AddStatus::kExists, where it is at hand: the item
    std::optional<Error> error;

    /// What is known of the medium once it is fingerprinted.
    void take(const Fingerprint& fingerprint);
    /// That the bank holds these bytes already.
    void take(const KnownBytes& held);
};

/// One input of `find` or `compare`; without an error, `answer` and `media` are set.
struct REFRAIN_API FindReport {
    std::string input;
    std::optional<MediaInfo> media;
    std::vector<PartSummary> parts;  ///< of the medium; fewer than two: it has one
    std::optional<DecodeReport> decode;
    std::optional<FindAnswer> answer;
    Timing timing;
    std::optional<Error> error;

    /// What is known of the medium once it is fingerprinted, and what that cost.
    void take(const FingerprintRun& run);
    /// The answer and what the search cost, or the error.
    void take(Result<FindAnswer> found);
    /// `match`, `no_match`, `low_quality`, `partial` or `not_scanned`, as in JSON.
    [[nodiscard]] std::string_view status() const;
};

/// Why one match of a look-up is one; beside a picture of it.
struct ExplanationReport {
    std::string input;
    std::optional<MediaInfo> media;
    Match match;                ///< with an explanation
    std::string picture;        ///< name of the picture's file
    bool is_revealed = false;   ///< the picture is neither blurred nor grey
    std::string query_problem;  ///< why the query is not shown; empty: it is
    std::string known_problem;  ///< why the known item is not shown; empty: it is
};

/// One id of `remove`.
struct RemoveReport {
    std::string id;
    bool was_known = false;
};

/// One item of `label`, `move`, `disable` or `enable`.
struct EditReport {
    std::string id;
    EditOutcome outcome;
};

/// All inputs of `import`.
struct ImportReport {
    ImportCounts counts;
    bool is_dry_run = false;
};

/// One input of `fingerprint`; without an error, `media` is set.
struct FingerprintReport {
    std::string input;
    std::string name;
    std::optional<MediaInfo> media;
    std::uint64_t frames = 0;  ///< of all parts
    bool is_partial = false;   ///< something of the medium could not be decoded
    std::optional<Error> error;
};

/// One JSON object on one line without a line end, with the fields that docs/cli.md describes. More
/// fields may come; none goes away.
///
/// Text that is not UTF-8 shows U+FFFD for each bad byte. `input` then has its exact bytes beside
/// it as `input_hex`. Numbers are rounded: scores to three decimals, fractions to four.
///
/// Cost: proportional to the text. Thread safety: pure functions.
[[nodiscard]] REFRAIN_API std::string to_json(const HashReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const AddReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const FindReport& report);
/// What a scanner has to know of a look-up. @param verdict  one word, e.g. `clean`
[[nodiscard]] REFRAIN_API std::string to_check_json(const FindReport& report,
                                                    std::string_view verdict);
[[nodiscard]] REFRAIN_API std::string to_json(const ExplanationReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const RemoveReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const ImportReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const FingerprintReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const ItemSummary& item);
[[nodiscard]] REFRAIN_API std::string to_json(const ItemDetails& details);
[[nodiscard]] REFRAIN_API std::string to_json(const EditReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const BankSettings& bank);
[[nodiscard]] REFRAIN_API std::string to_json(const LogEntry& entry);
[[nodiscard]] REFRAIN_API std::string to_json(const DuplicatePair& pair);
[[nodiscard]] REFRAIN_API std::string to_json(const DuplicateGroup& group);
[[nodiscard]] REFRAIN_API std::string to_json(const CorpusStats& stats);
[[nodiscard]] REFRAIN_API std::string to_json(const VerifyReport& report);
[[nodiscard]] REFRAIN_API std::string to_json(const SandboxReport& report);
/// @param status  what was done, e.g. `backed up`
[[nodiscard]] REFRAIN_API std::string to_json(const CopiedCorpus& copy, std::string_view status);
[[nodiscard]] REFRAIN_API std::string to_json(const RepairReport& report);

}  // namespace refrain

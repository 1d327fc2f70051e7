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

// The reports below are what the commands print with --json, one line each; docs/cli.md names every
// field. Programs that use the library fill them in to get the same lines.
//
// Lifetime: they own what they hold. Thread safety: values; one thread at a time may change one.
//
//     FindReport report;
//     report.input = path;
//     const Result<FingerprintRun> run = fingerprinter.fingerprint_file(path);
//     if (run) {
//         report.take(*run);
//         report.take(corpus.find(run->fingerprint));
//     } else {
//         report.error = run.error();
//     }
//     std::cout << to_json(report) << '\n';

/// Wall-clock time that one look-up took. With several threads `decode` and `hash` overlap, so that
/// their sum may exceed `total`.
struct Timing {
    MediaTime decode;  ///< of the input's frames
    MediaTime hash;    ///< of those frames
    MediaTime search;  ///< FindAnswer::search_time
    MediaTime total;   ///< from the opening of the input to the answer
};

/// One input of `hash`. Either the fingerprint or the error is set.
struct HashReport {
    std::string input;  ///< as the caller wrote it, byte for byte
    std::optional<Fingerprint> fingerprint;
    std::optional<Error> error;
};

/// One input of `add`. Without an error, `outcome` and `media` are set.
struct REFRAIN_API AddReport {
    std::string input;  ///< as the caller wrote it, byte for byte
    std::string name;   ///< NewItem::name
    std::string bank;   ///< NewItem::bank
    std::optional<AddOutcome> outcome;
    std::optional<MediaInfo> media;      ///< of the main part
    std::vector<PartSummary> parts;      ///< empty for a medium with a single part
    std::optional<DecodeReport> decode;  ///< absent: the medium was not decoded
    /// The item that is known already. Set with AddStatus::kExists, if the caller has it at hand.
    std::optional<ItemSummary> known;
    std::optional<Error> error;

    /// Fills in `media`, `parts` and `decode` of a medium that was fingerprinted.
    void take(const Fingerprint& fingerprint);
    /// Fills in all for a medium whose bytes the bank holds already.
    void take(const KnownBytes& held);
};

/// One input of `find` or `compare`. Without an error, `answer` and `media` are set.
struct REFRAIN_API FindReport {
    std::string input;                   ///< as the caller wrote it, byte for byte
    std::optional<MediaInfo> media;      ///< of the main part
    std::vector<PartSummary> parts;      ///< empty for a medium with a single part
    std::optional<DecodeReport> decode;  ///< absent: the medium was not decoded
    std::optional<FindAnswer> answer;
    Timing timing;
    std::optional<Error> error;

    /// Fills in `media`, `parts`, `decode` and the first two times.
    void take(const FingerprintRun& run);
    /// Fills in the answer and the time of the search, or else the error.
    void take(Result<FindAnswer> found);
    /// The status as JSON has it: `match`, `no_match`, `low_quality`, `partial`, or `not_scanned`
    /// where there is an error. Lifetime: the text is never freed.
    [[nodiscard]] std::string_view status() const;
};

/// Why one match is one, and the picture that shows it (explain.h).
struct ExplanationReport {
    std::string input;  ///< of the look-up
    std::optional<MediaInfo> media;
    Match match;                ///< with Match::explanation
    std::string picture;        ///< name of the picture's file, without its folder
    bool is_revealed = false;   ///< the picture is neither blurred nor grey
    std::string query_problem;  ///< why the query is not shown; empty: it is
    std::string known_problem;  ///< why the known item is not shown; empty: it is
};

/// One id of `remove`.
struct RemoveReport {
    std::string id;
    bool was_known = false;  ///< there was such an item, and now there is not
};

/// One item of `label`, `move`, `disable` or `enable`.
struct EditReport {
    std::string id;
    EditOutcome outcome;
};

/// All inputs of `import` together.
struct ImportReport {
    ImportCounts counts;
    bool is_dry_run = false;  ///< nothing was made known
};

/// One input of `fingerprint`. Without an error, `media` is set.
struct FingerprintReport {
    std::string input;  ///< as the caller wrote it, byte for byte
    std::string name;   ///< NewItem::name of the bundle's item
    std::optional<MediaInfo> media;
    std::uint64_t frames = 0;  ///< frame hashes of all parts
    bool is_partial = false;   ///< something of the medium could not be decoded
    std::optional<Error> error;
};

/// Writes a report as one JSON object on one line, without a line end. docs/cli.md describes its
/// fields. Later versions may add fields; they take none away.
///
/// Names of files may hold any bytes. A byte that is not UTF-8 is shown as U+FFFD, and the exact
/// bytes of `input` stand beside it in hex, as `input_hex`. Scores are rounded to three decimals,
/// fractions to four.
///
/// Cost: proportional to the text. Thread safety: pure functions.
///
/// This one is a line of `hash --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const HashReport& report);
/// A line of `add --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const AddReport& report);
/// A line of `find --json` and of `compare --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const FindReport& report);
/// The line of `check --json`: what a scanner has to know of a look-up.
///
/// @param verdict  one word, e.g. `clean`
[[nodiscard]] REFRAIN_API std::string to_check_json(const FindReport& report,
                                                    std::string_view verdict);
/// The file that `find --explain` writes beside each picture.
[[nodiscard]] REFRAIN_API std::string to_json(const ExplanationReport& report);
/// A line of `remove --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const RemoveReport& report);
/// The last line of `import --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const ImportReport& report);
/// A line of `fingerprint --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const FingerprintReport& report);
/// A line of `list --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const ItemSummary& item);
/// The line of `show --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const ItemDetails& details);
/// A line of `label`, `move`, `disable` or `enable` with `--json`.
[[nodiscard]] REFRAIN_API std::string to_json(const EditReport& report);
/// A line of `bank list --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const BankSettings& bank);
/// A line of `log --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const LogEntry& entry);
/// A line of `dups --json` for each pair.
[[nodiscard]] REFRAIN_API std::string to_json(const DuplicatePair& pair);
/// A line of `dups --json` for each group, after all pairs.
[[nodiscard]] REFRAIN_API std::string to_json(const DuplicateGroup& group);
/// The line of `stats --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const CorpusStats& stats);
/// The line of `verify --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const VerifyReport& report);
/// What `doctor --json` says of the sandbox.
[[nodiscard]] REFRAIN_API std::string to_json(const SandboxReport& report);
/// The line of `backup --json` and of `restore --json`.
///
/// @param status  what was done, e.g. `backed up`
[[nodiscard]] REFRAIN_API std::string to_json(const CopiedCorpus& copy, std::string_view status);
/// The line of `verify --repair --json`.
[[nodiscard]] REFRAIN_API std::string to_json(const RepairReport& report);

}  // namespace refrain

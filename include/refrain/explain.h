#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <vector>

#include "refrain/api.h"
#include "refrain/json.h"
#include "refrain/limits.h"
#include "refrain/result.h"

namespace refrain {

class Sandbox;

/// How and where explanations are written. Thread safety: a value.
struct ExplainOptions {
    std::filesystem::path folder;  ///< made if it is not there
    bool is_revealed = false;      ///< pictures as they are; else blurred and grey
    Limits limits;                 ///< of the media that are decoded again
    int decoder_threads = 1;       ///< >= 1
    std::stop_token stop;
    /// Where they are decoded (sandbox.h). Null: in the calling process.
    std::shared_ptr<Sandbox> sandbox;
};

/// Writes for each match of a look-up why it is one: a PNG with the query's and the known picture
/// side by side, the known picture's outline, the points that agree and the times, and a JSON file
/// with the numbers (docs/cli.md).
///
/// Files are named after the query's file name, the first digits of its SHA-256 and the item's id,
/// in letters that are safe everywhere; such a file of an earlier call is replaced, and nothing
/// outside the folder is touched. Either medium is shown only if its bytes are those that were
/// looked up or made known; where not, its half says why.
///
/// @param report   `input` is the path of the query; its matches carry explanations
///                 (FindOptions::wants_explanation), others are passed over
/// @return         the pictures, in the order of the matches
/// @error kInvalidArgument  `decoder_threads` is below 1
/// @error kDiskFull, kUnreadable  the folder or a file in it cannot be written; names it
/// @error kCancelled, kInternal
///
///     FindOptions how;
///     how.wants_explanation = true;
///     FindReport report;
///     report.input = "upload.mp4";
///     report.media = run->fingerprint.media;
///     report.answer = corpus.find(run->fingerprint, how).value();
///     ExplainOptions where;
///     where.folder = "why";
///     write_explanations(report, where);
///
/// Cost: decodes the query once, up to the last time shown, and each known item up to its own.
/// Memory: 1.2 MB a match beside the decoders'. Thread safety: pure function of its files.
[[nodiscard]] REFRAIN_API Result<std::vector<std::filesystem::path>> write_explanations(
    const FindReport& report,
    const ExplainOptions& options);

}  // namespace refrain

#include "refrain/explain.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "explain/match_picture.h"
#include "explain/output_folder.h"
#include "explain/shown_media.h"
#include "media/png_writer.h"

namespace refrain {

namespace {

using explain::OutputFolder;
using explain::ShownMedia;

/// Two queries of one name differ by their bytes; ids that had to be changed by the item's.
std::string file_stem(const FindReport& report, const Match& match) {
    constexpr std::size_t kMostOfName = 80;
    constexpr std::size_t kDigits = 8;
    const std::string id = explain::safe_name(match.id, kMostOfName);
    std::string stem = explain::safe_name(explain::last_part(report.input), kMostOfName) + "-" +
                       to_hex(report.media->digest.sha256).substr(0, kDigits) + "-" + id;
    if (id != match.id) {
        stem += "-" + to_hex(match.explanation->sha256).substr(0, kDigits);
    }
    return stem;
}

/// The part of a medium that a match is about; none where it has only one.
std::optional<std::uint32_t> index_of(const std::optional<MatchedPart>& part) {
    return part ? std::optional(part->index) : std::nullopt;
}

using ShownParts = std::map<std::optional<std::uint32_t>, ShownMedia>;

/// The query's pictures of all matches, each part decoded once.
ShownParts read_query(const FindReport& report, const ExplainOptions& options) {
    std::map<std::optional<std::uint32_t>, std::set<MediaTime>> times;
    for (const Match& match : report.answer->matches) {
        if (match.explanation) {
            times[index_of(match.part)].insert(match.explanation->query_time);
        }
    }
    ShownParts shown;
    for (const auto& [part, wanted] : times) {
        shown.emplace(part, explain::read_pictures(report.input, report.media->digest.sha256,
                                                   {part, wanted}, options));
    }
    return shown;
}

/// Writes picture and numbers of one match. @return the picture's path
Result<std::filesystem::path> write_one(const FindReport& report,
                                        const Match& match,
                                        const ShownMedia& query,
                                        const ExplainOptions& options,
                                        const OutputFolder& folder) {
    const Explanation& explanation = *match.explanation;
    const ShownMedia known =
        explain::read_pictures(explanation.source, explanation.sha256,
                               {index_of(match.reference_part), {explanation.known_time}}, options);
    if (options.stop.stop_requested()) {
        return Error{ErrorCode::kCancelled, "stopped on request"};
    }
    const std::string stem = file_stem(report, match);
    ExplanationReport written{report.input,        report.media, match, stem + ".png",
                              options.is_revealed, {},           {}};
    if (!query.pictures.contains(explanation.query_time)) {
        written.query_problem = query.problem;
    }
    written.known_problem = known.problem;
    const Result<frame::RgbImage> picture = explain::picture_of(written, query, known);
    if (!picture) {
        return picture.error();
    }
    const Result<std::vector<std::byte>> png = media::encode_png(picture->view());
    if (!png) {
        return png.error();
    }
    const std::string numbers = to_json(written) + "\n";
    if (Result<std::filesystem::path> file =
            folder.write(stem + ".json", std::as_bytes(std::span(numbers)));
        !file) {
        return file;
    }
    return folder.write(written.picture, *png);
}

}  // namespace

Result<std::vector<std::filesystem::path>> write_explanations(const FindReport& report,
                                                              const ExplainOptions& options) {
    if (options.decoder_threads < 1) {
        return Error{ErrorCode::kInvalidArgument, "the number of threads must be at least 1"};
    }
    const Result<OutputFolder> folder = OutputFolder::open(options.folder);
    if (!folder) {
        return folder.error();
    }
    std::vector<std::filesystem::path> pictures;
    if (!report.answer || !report.media) {
        return pictures;
    }
    const ShownParts query = read_query(report, options);
    for (const Match& match : report.answer->matches) {
        if (!match.explanation) {
            continue;
        }
        Result<std::filesystem::path> picture =
            write_one(report, match, query.at(index_of(match.part)), options, *folder);
        if (!picture) {
            return std::move(picture).error();
        }
        pictures.push_back(std::move(picture).value());
    }
    return pictures;
}

}  // namespace refrain

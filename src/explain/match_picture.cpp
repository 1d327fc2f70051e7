#include "explain/match_picture.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "explain/drawing.h"

namespace refrain::explain {

namespace {

constexpr std::size_t kMostOfName = 40;

std::string time_text(MediaTime time) {
    const std::int64_t ms = time.ms();
    return fmt::format("{}:{:02}.{:03}", ms / 60000, ms / 1000 % 60, ms % 1000);
}

std::string evidence_text(const Match& match) {
    std::string text;
    for (const Evidence evidence : match.evidence) {
        text += text.empty() ? "" : " + ";
        switch (evidence) {
            case Evidence::kExact:
                text += "same bytes";
                break;
            case Evidence::kFrames:
                text += "whole frames";
                break;
            case Evidence::kLocal:
                text += "local features";
                break;
            case Evidence::kAudio:
                text += "audio";
                break;
        }
    }
    return text;
}

std::string frames_line(const Explanation& explanation) {
    if (explanation.frames.empty()) {
        return "whole frames: none";
    }
    const FrameMatch& best = explanation.frames.front();
    return fmt::format("whole frames: {:.1f} by {} pairs; best {} of 256 bits apart, quality {}",
                       explanation.frames_score, explanation.frame_count, best.distance,
                       best.quality);
}

std::string places_line(const Explanation& explanation) {
    if (explanation.places.empty()) {
        return "local features: none";
    }
    const PlaceMatch& best = explanation.places.front();
    return fmt::format(
        "local features: {:.1f} by {} frames; best {} inliers, chance 1e{:.0f}, spread {:.2f}, "
        "share {:.2f}",
        explanation.local_score, explanation.place_count, best.inliers, best.log10_chance,
        best.spread, best.expected_share);
}

std::string transform_line(const Match& match) {
    if (!match.transform) {
        return {};
    }
    const Transform& transform = *match.transform;
    return fmt::format(
        "known picture (green) in query (orange): {}{}turned {:.1f} degrees, scale {:.2f}",
        transform.is_negative ? "negative, " : "", transform.is_mirrored ? "mirrored, " : "",
        std::remainder(transform.rotation_deg, 360.0), transform.scale);
}

std::string caption(const char* side, const std::string& name, MediaTime time) {
    return std::string(side) + ": " + name.substr(0, kMostOfName) + "  at " + time_text(time);
}

Panel panel_of(const ShownMedia& media, MediaTime time, std::string caption) {
    const auto found = media.pictures.find(time);
    return {found == media.pictures.end() ? nullptr : &found->second, media.problem,
            std::move(caption)};
}

}  // namespace

Result<frame::RgbImage> picture_of(const ExplanationReport& report,
                                   const ShownMedia& query,
                                   const ShownMedia& known) {
    const Match& match = report.match;
    const Explanation& explanation = *match.explanation;
    Sheet sheet;
    sheet.lines = {fmt::format("score {:.1f} (-log10 of expected false alarms), ", match.score) +
                       evidence_text(match),
                   frames_line(explanation), places_line(explanation), transform_line(match)};
    sheet.query = panel_of(query, explanation.query_time,
                           caption("query", last_part(report.input), explanation.query_time));
    sheet.known = panel_of(known, explanation.known_time,
                           caption("known", match.name, explanation.known_time));
    sheet.outline = explanation.outline;
    if (!explanation.places.empty()) {
        sheet.points = explanation.places.front().points;
    }
    sheet.is_revealed = report.is_revealed;
    return draw(sheet, ShownMedia::kSide);
}

std::string last_part(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace refrain::explain

#include <span>

#include "refrain/json.h"

#include "json/json_parts.h"
#include "json/utf8.h"

namespace refrain {

namespace {

using json::Object;
using json::rounded;

Object point_json(const PicturePoint& point) {
    return Object::array({rounded(point.x, 4), rounded(point.y, 4)});
}

Object outline_json(std::span<const PicturePoint> corners) {
    Object outline = Object::array();
    for (const PicturePoint& corner : corners) {
        outline.push_back(point_json(corner));
    }
    return outline;
}

Object problem_json(const std::string& problem) {
    return problem.empty() ? Object(nullptr) : Object(json::to_utf8(problem));
}

Object frames_json(const Explanation& explanation) {
    Object listed = Object::array();
    for (const FrameMatch& frame : explanation.frames) {
        listed.push_back({{"query_ms", frame.query_time.ms()},
                          {"reference_ms", frame.known_time.ms()},
                          {"distance", frame.distance},
                          {"quality", frame.quality},
                          {"weight", rounded(frame.weight, 3)}});
    }
    return {{"score", rounded(explanation.frames_score, 3)},
            {"comparisons", rounded(explanation.frame_comparisons, 0)},
            {"count", explanation.frame_count},
            {"listed", std::move(listed)}};
}

Object place_json(const PlaceMatch& place) {
    return {{"query_ms", place.query_time.ms()},
            {"reference_ms", place.known_time.ms()},
            {"score", rounded(place.score, 3)},
            {"inliers", place.inliers},
            {"log10_chance", rounded(place.log10_chance, 2)},
            {"spread", rounded(place.spread, 4)},
            {"expected_share", rounded(place.expected_share, 4)},
            {"overlap",
             {{"query", rounded(place.overlap_query, 4)},
              {"reference", rounded(place.overlap_known, 4)}}},
            {"perspective", place.is_perspective},
            {"outline", outline_json(place.outline)}};
}

Object places_json(const Explanation& explanation) {
    Object listed = Object::array();
    Object points = Object::array();
    for (const PlaceMatch& place : explanation.places) {
        listed.push_back(place_json(place));
        for (const PointMatch& point : place.points) {
            points.push_back({{"query", point_json(point.query)},
                              {"reference", point_json(point.known)},
                              {"distance", point.distance}});
        }
    }
    return {{"score", rounded(explanation.local_score, 3)},
            {"comparisons", rounded(explanation.local_comparisons, 0)},
            {"count", explanation.place_count},
            {"listed", std::move(listed)},
            {"points", std::move(points)}};
}

}  // namespace

std::string to_json(const ExplanationReport& report) {
    Object line = json::start_input_line("refrain.explanation/1", report.input);
    line["media"] = report.media ? json::media_json(*report.media) : Object(nullptr);
    line["match"] = json::match_json(report.match);
    if (!report.match.explanation) {
        return json::one_line(line);
    }
    const Explanation& explanation = *report.match.explanation;
    line["known"] = {{"source", json::to_utf8(explanation.source)},
                     {"sha256", to_hex(explanation.sha256)}};
    line["picture"] = {{"file", json::to_utf8(report.picture)},
                       {"revealed", report.is_revealed},
                       {"query_ms", explanation.query_time.ms()},
                       {"reference_ms", explanation.known_time.ms()},
                       {"outline", outline_json(explanation.outline)},
                       {"query_problem", problem_json(report.query_problem)},
                       {"reference_problem", problem_json(report.known_problem)}};
    line["frames"] = frames_json(explanation);
    line["places"] = places_json(explanation);
    line["default_min_score"] = kDefaultMinScore;
    return json::one_line(line);
}

}  // namespace refrain

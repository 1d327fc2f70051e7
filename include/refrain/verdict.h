#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/media_time.h"

namespace refrain {

/// What a look-up found out. Spelled in JSON as in docs/cli.md.
enum class FindStatus : std::uint8_t {
    kMatch,
    kNoMatch,
    kLowQuality,  ///< decoded, but nothing in it carries enough detail to be recognised
    kPartial,     ///< no match in the part that could be decoded
};

enum class Evidence : std::uint8_t { kExact, kFrames, kLocal, kAudio };

/// A half-open span of presentation time.
struct TimeSpan {
    MediaTime begin;
    MediaTime end;
};

/// Which part of the query shows which part of the known item. A side that is an image has no span.
struct Segment {
    std::optional<TimeSpan> query;
    std::optional<TimeSpan> reference;
    double speed = 1.0;  ///< reference seconds per query second; negative for reversed play
    int hits = 0;        ///< matched query frames
    double score = 0;
};

/// Where the known picture lies in the query picture.
struct Transform {
    bool is_mirrored = false;
    double rotation_deg = 0;  ///< clockwise, of the known picture in the query, after mirroring
    /// Side of a square as large as the known picture, where the whole query frame is one of side
    /// 1; above 1 where the query shows a part of it.
    double scale = 1;
    std::array<double, 4> box{0, 0, 1, 1};  ///< left, top, right, bottom as fractions of the query
};

/// One known item that the query shows.
struct Match {
    std::string id;
    std::string name;
    std::string bank;
    std::map<std::string, std::string> labels;
    double score = 0;  ///< -log10 of the expected number of false alarms; larger is surer
    std::vector<Evidence> evidence;
    std::optional<Transform> transform;
    double query_coverage = 0;      ///< 0..1
    double reference_coverage = 0;  ///< 0..1
    std::vector<Segment> segments;
};

/// The answer to one look-up. Matches are in falling score, ties by id.
struct FindAnswer {
    FindStatus status = FindStatus::kNoMatch;
    std::vector<Match> matches;
    MediaTime search_time;  ///< wall-clock
};

/// What `find` ships with; docs/thresholds.md says where it comes from.
inline constexpr double kDefaultMinScore = 6.0;

}  // namespace refrain

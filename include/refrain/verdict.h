#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/api.h"
#include "refrain/fingerprint.h"
#include "refrain/media_time.h"

namespace refrain {

/// What a look-up found out. Spelled in JSON as in docs/cli.md.
enum class FindStatus : std::uint8_t {
    kMatch,
    kNoMatch,
    kLowQuality,  ///< decoded, but nothing in it carries enough detail to be recognised
    kPartial,     ///< no match in what could be decoded, or in what a bound let be searched
};

enum class Evidence : std::uint8_t { kExact, kFrames, kLocal, kAudio };

/// A half-open span of presentation time.
struct TimeSpan {
    MediaTime begin;
    MediaTime end;
};

/// A part of a medium with several of them.
struct MatchedPart {
    std::uint32_t index = 0;  ///< as of PartInfo
    MediaKind kind = MediaKind::kImage;
    PartRole role = PartRole::kMain;

    friend bool operator==(const MatchedPart&, const MatchedPart&) = default;
};

/// Where the known picture lies in the query picture.
struct Transform {
    bool is_mirrored = false;
    double rotation_deg = 0;  ///< clockwise, of the known picture in the query, after mirroring
    /// Side of a square as large as the known picture, where the whole query frame is one of side
    /// 1; above 1 where the query shows a part of it.
    double scale = 1;
    std::array<double, 4> box{0, 0, 1, 1};  ///< left, top, right, bottom as fractions of the query
    bool is_negative = false;               ///< the query shows the known picture's negative
};

/// Which part of the query shows which part of the known item. A side that is an image has no span.
struct Segment {
    std::optional<TimeSpan> query;
    std::optional<TimeSpan> reference;
    double speed = 1.0;  ///< reference seconds per query second; negative for reversed play
    int hits = 0;        ///< matched query frames
    double score = 0;
    /// Where the known picture lies here; only where that differs from the match's transform.
    std::optional<Transform> transform;
    std::optional<MatchedPart> part;            ///< of the query; only where not the match's
    std::optional<MatchedPart> reference_part;  ///< of the known item; likewise
};

/// A place in a picture as fractions of its width and height, from the top left. Outside 0..1 it
/// lies beyond the edge, maybe far.
struct PicturePoint {
    double x = 0;
    double y = 0;
};

/// A point of the query's picture and one of the known picture that local features take for the
/// same.
struct PointMatch {
    PicturePoint query;
    PicturePoint known;
    int distance = 0;  ///< bits, of their codes
};

/// A whole frame of the query beside one of the known item.
struct FrameMatch {
    MediaTime query_time;
    MediaTime known_time;  ///< from when the known item looks like that
    int distance = 0;      ///< bits, of their codes
    int quality = 0;       ///< the lower of both frames', 0..100
    double weight = 0;     ///< what the pair is worth by itself
};

/// Where local features found a picture of the known item in a frame of the query.
struct PlaceMatch {
    MediaTime query_time;
    MediaTime known_time;
    double score = 0;                     ///< less where several known items share the frame
    std::array<PicturePoint, 4> outline;  ///< the known picture's corners in the query: top left,
                                          ///< top right, bottom right, bottom left
    bool is_perspective = false;
    int inliers = 0;                 ///< pairs of points that agree with the place
    double log10_chance = 0;         ///< of as good a place between unrelated pictures
    double spread = 0;               ///< how evenly the inliers lie, 0..1
    double expected_share = 0;       ///< of the points that should agree, 0..1
    double overlap_query = 0;        ///< share of the query's picture that is common to both, 0..1
    double overlap_known = 0;        ///< share of the known picture, 0..1
    std::vector<PointMatch> points;  ///< the inliers; of the surest place of a match alone
};

/// Why a match is one: what its surest evidence is made of. That is of one view of the query, and
/// of the parts that the match names.
struct Explanation {
    static constexpr std::size_t kMaxFrames = 64;
    static constexpr std::size_t kMaxPlaces = 16;

    std::string source;              ///< where the known item came from, as it was added
    Sha256 sha256{};                 ///< of the known item
    double frames_score = 0;         ///< of the whole frames by themselves
    double local_score = 0;          ///< of the places by themselves
    double frame_comparisons = 0;    ///< pairs of codes that the look-up compared
    double local_comparisons = 0;    ///< pairs of pictures that the look-up compared
    std::uint64_t frame_count = 0;   ///< whole frames that contributed
    std::uint64_t place_count = 0;   ///< query frames with a place that contributed
    std::vector<FrameMatch> frames;  ///< the heaviest first, at most kMaxFrames
    std::vector<PlaceMatch> places;  ///< the surest first, at most kMaxPlaces
    /// The two pictures to look at, and the known one's corners in the query's.
    MediaTime query_time;
    MediaTime known_time;
    std::array<PicturePoint, 4> outline{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
};

/// What a match is taken for.
enum class Relation : std::uint8_t {
    kCopy,
    kSimilar,  ///< of one template, place or series: no chance, and no copy either
};

/// What is to be done about a match, or about a medium: the settings of banks and items say so.
enum class Action : std::uint8_t {
    kNone,     ///< nothing: no match, or too weak for its bank
    kAllowed,  ///< nothing: it is of a bank that allows, or such a match covers it
    kShadow,   ///< it is shown, and not to be acted upon
    kEnforce,
};

/// `none`, `allowed`, `shadow`, `enforce`.
[[nodiscard]] REFRAIN_API std::string_view action_name(Action action);

/// One known item that the query shows.
struct Match {
    std::string id;
    std::string name;
    std::string bank;
    std::map<std::string, std::string> labels;
    std::string source;  ///< where the known item came from, as it was added; may be empty
    double score = 0;    ///< -log10 of the expected number of false alarms; larger is surer
    Relation relation = Relation::kCopy;
    Action action = Action::kNone;  ///< only where FindAnswer::action is set
    std::string allowed_by;         ///< id of the match that allows it; empty: none does
    /// How much of the known detail in the common area is the same, 0..1; none where it was not
    /// looked at.
    std::optional<double> agreement;
    std::vector<Evidence> evidence;
    std::optional<Transform> transform;
    /// The parts on which the match is surest; absent where that medium has only one.
    std::optional<MatchedPart> part;            ///< of the query
    std::optional<MatchedPart> reference_part;  ///< of the known item
    double query_coverage = 0;                  ///< of that part, 0..1
    double reference_coverage = 0;              ///< of that part, 0..1
    std::vector<Segment> segments;
    std::optional<Explanation> explanation;  ///< only where FindOptions::wants_explanation
};

/// The answer to one look-up. Matches are in falling score, ties by id.
struct FindAnswer {
    FindStatus status = FindStatus::kNoMatch;
    std::vector<Match> matches;
    /// For the medium as a whole: the sternest of all matches, also of those that `max_matches`
    /// left out. None: nobody asked a corpus.
    std::optional<Action> action;
    MediaTime search_time;  ///< wall-clock
    std::string bounded;    ///< what a bound of the search left out, in one line; empty: nothing
    /// Items of the corpus that were left out since their records are damaged, as far as is known.
    std::uint64_t damaged_items = 0;
};

/// What `find` ships with; docs/thresholds.md says where it comes from.
inline constexpr double kDefaultMinScore = 6.0;

}  // namespace refrain

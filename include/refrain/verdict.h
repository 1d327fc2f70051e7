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

// What a look-up answers: a FindAnswer holds a Match for each known item that the query shows, and
// a Match holds a Segment for each stretch of time in which it does. Places in a picture are a
// Transform, and the grounds of a match an Explanation, if one was asked for.
//
// All types of this header are values: they own what they hold, and one thread at a time may change
// one. Numbers that could not be told are absent and never 0.

/// What a look-up found out. docs/cli.md says how JSON spells it.
///
/// Only kNoMatch means that the whole medium was searched in vain. A medium that could not be
/// decoded at all has an Error instead of an answer.
enum class FindStatus : std::uint8_t {
    kMatch,       ///< the answer has at least one match
    kNoMatch,     ///< all of the medium was searched, and nothing was found
    kLowQuality,  ///< decoded, but no frame has enough detail to be recognised: black, flat, tiny
    kPartial,     ///< no match so far; some of the medium was not decoded, or not searched
};

/// A kind of evidence for a match. A match may have several.
enum class Evidence : std::uint8_t {
    kExact,   ///< the same bytes, told by SHA-256
    kFrames,  ///< whole frames with near PDQ codes
    kLocal,   ///< local features that agree on one placement of the known picture
    kAudio,   ///< not used yet
};

/// A half-open span of presentation time: `begin` belongs to it, `end` does not.
struct TimeSpan {
    MediaTime begin;
    MediaTime end;
};

/// Names one part of a medium that has several, such as a page or a second track.
struct MatchedPart {
    std::uint32_t index = 0;             ///< PartInfo::index
    MediaKind kind = MediaKind::kImage;  ///< of this part
    PartRole role = PartRole::kMain;     ///< PartInfo::role

    friend bool operator==(const MatchedPart&, const MatchedPart&) = default;
};

/// Where the known picture lies in the query picture.
///
/// To get from the known picture to the query, do these steps in this order: exchange left and
/// right if `is_mirrored`, turn clockwise by `rotation_deg`, scale, and put it into `box`.
struct Transform {
    bool is_mirrored = false;
    double rotation_deg = 0;  ///< degrees clockwise, 0 <= rotation_deg < 360
    /// How large the known picture is in the query: the square root of its area there, where the
    /// area of the query frame is 1. Above 1 where the query shows only a part of the picture.
    double scale = 1;
    /// Left, top, right and bottom edge of the known picture as fractions of the query frame, 0..1.
    /// Parts of it that lie outside of the frame are cut off.
    std::array<double, 4> box{0, 0, 1, 1};
    bool is_negative = false;  ///< dark and bright are exchanged in the query
};

/// Which stretch of the query shows which stretch of the known item.
///
/// A side that is an image has no times. Where both are images there are no segments.
struct Segment {
    std::optional<TimeSpan> query;      ///< absent: the query is an image
    std::optional<TimeSpan> reference;  ///< absent: the known item is an image
    /// Seconds of the known item in each second of the query: 2 where the query plays it twice as
    /// fast, negative where it plays it backwards.
    double speed = 1.0;
    int hits = 0;      ///< frames of the query that matched
    double score = 0;  ///< of this segment alone, in the unit of Match::score
    /// Set only where the known picture lies here otherwise than Match::transform says.
    std::optional<Transform> transform;
    /// Set only where the segment is of another part than Match::part.
    std::optional<MatchedPart> part;
    /// Set only where the segment is of another part than Match::reference_part.
    std::optional<MatchedPart> reference_part;
};

/// A place in a picture, as fractions of its width and height from the top left corner. A place
/// beyond an edge has a fraction below 0 or above 1, and may lie far out.
struct PicturePoint {
    double x = 0;
    double y = 0;
};

/// Two points that local features take for the same: one of the query, one of the known picture.
struct PointMatch {
    PicturePoint query;
    PicturePoint known;
    int distance = 0;  ///< bits in which their codes differ, 0..256
};

/// A frame of the query that looks like a frame of the known item as a whole.
struct FrameMatch {
    MediaTime query_time;
    MediaTime known_time;  ///< when the known frame is first shown
    int distance = 0;      ///< bits in which their codes differ, 0..256
    int quality = 0;       ///< PDQ quality of the poorer of both frames, 0..100
    double weight = 0;     ///< what the pair adds to the score, if it is counted alone
};

/// A frame of the query in which local features found a picture of the known item.
/// docs/decisions/0052-geometry.md says how a place is found and judged.
struct PlaceMatch {
    MediaTime query_time;
    MediaTime known_time;
    double score = 0;  ///< of this place alone; less where the frame shows several known items
    /// The corners of the known picture in the query: top left, top right, bottom right, bottom
    /// left.
    std::array<PicturePoint, 4> outline;
    bool is_perspective = false;  ///< the picture is seen at an angle
    int inliers = 0;              ///< pairs of points that agree with the place
    /// log10 of the expected number of places as good as this one between unrelated pictures, <= 0.
    double log10_chance = 0;
    double spread = 0;  ///< how evenly the inliers lie in the common area, 0..1
    /// Share of the points in the common area that are inliers, 0..1.
    double expected_share = 0;
    double overlap_query = 0;  ///< share of the query's frame that both have in common, 0..1
    double overlap_known = 0;  ///< share of the known picture that both have in common, 0..1
    /// The inliers, for drawing. Filled in for the surest place of a match only.
    std::vector<PointMatch> points;
};

/// Why a match is one: the evidence that its score is made of.
///
/// A query may match in several views, such as upright and mirrored. This is the evidence of the
/// surest one. Scores are in the unit of Match::score.
struct Explanation {
    static constexpr std::size_t kMaxFrames = 64;  ///< pairs of frames that are listed
    static constexpr std::size_t kMaxPlaces = 16;  ///< places that are listed

    std::string source;              ///< NewItem::source of the known item
    Sha256 sha256{};                 ///< of the known item
    double frames_score = 0;         ///< of the whole frames without the places
    double local_score = 0;          ///< of the places without the whole frames
    double frame_comparisons = 0;    ///< pairs of frame codes that the look-up stands for
    double local_comparisons = 0;    ///< pairs of pictures that the look-up stands for
    std::uint64_t frame_count = 0;   ///< pairs of frames that count, listed or not
    std::uint64_t place_count = 0;   ///< query frames with a place that counts, listed or not
    std::vector<FrameMatch> frames;  ///< the heaviest first
    std::vector<PlaceMatch> places;  ///< the surest first
    /// The pictures that show the match best: of the query at this time,
    MediaTime query_time;
    /// of the known item at this time,
    MediaTime known_time;
    /// and the corners of the known picture in the query's, in the order of PlaceMatch::outline.
    std::array<PicturePoint, 4> outline{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
};

/// What a match is taken for.
enum class Relation : std::uint8_t {
    kCopy,     ///< the query shows the known item, edited or not
    kSimilar,  ///< both are of one template, place or series; likeness without a copy
};

/// What is to be done about a match, or about a medium. The settings of banks and items say so.
enum class Action : std::uint8_t {
    kNone,     ///< nothing: no match, or too weak for its bank
    kAllowed,  ///< nothing: it is of a bank that allows, or such a match covers it
    kShadow,   ///< it is shown, and not to be acted upon
    kEnforce,  ///< it is to be acted upon
};

/// `none`, `allowed`, `shadow`, `enforce`.
[[nodiscard]] REFRAIN_API std::string_view action_name(Action action);

/// One known item that the query shows. Scores are -log10 of the expected number of false alarms:
/// 6 means one false alarm in a million look-ups. docs/thresholds.md says how they are measured.
struct Match {
    std::string id;    ///< of the known item
    std::string name;  ///< NewItem::name
    std::string bank;  ///< NewItem::bank
    std::map<std::string, std::string> labels;
    std::string source;  ///< NewItem::source; may be empty
    double score = 0;    ///< larger is surer
    Relation relation = Relation::kCopy;
    Action action = Action::kNone;  ///< set where FindAnswer::action is
    std::string allowed_by;         ///< id of the match that allows it; empty: none does
    /// How much of the detail that the known picture has in the common area is the same in the
    /// query, 0..1. Absent where no place was found, since then it cannot be told.
    std::optional<double> agreement;
    std::vector<Evidence> evidence;      ///< the kinds that contributed
    std::optional<Transform> transform;  ///< absent: it could not be estimated
    /// The part of the query on which the match is surest. Absent: the query has only one.
    std::optional<MatchedPart> part;
    /// The part of the known item on which it is. Absent: the item has only one.
    std::optional<MatchedPart> reference_part;
    double query_coverage = 0;               ///< share of the query's part that is explained, 0..1
    double reference_coverage = 0;           ///< share of the item's part that is shown, 0..1
    std::vector<Segment> segments;           ///< the stretches of time; none between two images
    std::optional<Explanation> explanation;  ///< set where FindOptions::wants_explanation
};

/// The answer to one look-up.
///
///     for (const Match& match : answer.matches) {
///         std::cout << match.name << ' ' << match.score;
///         for (const Segment& at : match.segments) {
///             if (at.query && at.reference) {
///                 std::cout << ' ' << at.query->begin.ms() << " shows " <<
///                 at.reference->begin.ms();
///             }
///         }
///         std::cout << '\n';
///     }
struct FindAnswer {
    FindStatus status = FindStatus::kNoMatch;
    std::vector<Match> matches;  ///< the surest first, equals by id
    /// For the medium as a whole: the sternest of all matches, also of those that `max_matches`
    /// left out. Absent: nobody asked a corpus.
    std::optional<Action> action;
    MediaTime search_time;  ///< wall-clock time of the search, without decoding
    /// What was left unsearched to keep the work within bounds, in one line for people. Empty:
    /// nothing.
    std::string bounded;
    /// Items that cannot be found because their records are damaged, as far as they were met.
    std::uint64_t damaged_items = 0;
};

/// The score from which on `find` reports a match. It was chosen for no false alarm on the
/// evaluation data: docs/thresholds.md.
inline constexpr double kDefaultMinScore = 6.0;

}  // namespace refrain

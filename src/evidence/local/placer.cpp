#include "evidence/local/placer.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>

#include "evidence/local/place_agreement.h"
#include "evidence/local/place_following.h"

namespace refrain::evidence {

namespace {

// Of one item: after so many pictures without any place it is given up.
constexpr int kPatience = 6;
// The items with most votes are paired by all points at once, at their best picture.
constexpr std::size_t kLikelyItems = 8;
// Frames before and after the surest one of a known video that a picture query is placed in.
constexpr std::uint32_t kNeighbours = 12;
// A placement by the hits alone that is at least this good is worth another by pairs of all points.
constexpr double kPromising = 1.0;
// Of an item that looks alike as a whole a place as seldom as this is enough to tell by.
constexpr double kTelling = 5.0;
// At most so many pairs in all are compared code by code, which bounds a hostile query.
constexpr std::size_t kMaxDirectPairs = std::size_t{1} << 28;

/// By the score, and where that is as good as none by how seldom it is.
bool is_weaker(const align::PicturePlacement& a, const align::PicturePlacement& b) {
    const double score_a = align::placement_score(a);
    const double score_b = align::placement_score(b);
    return std::max(score_a, score_b) < kLeastPlaceScore ? a.log10_chance > b.log10_chance
                                                         : score_a < score_b;
}

bool is_better(const std::vector<align::PicturePlacement>& a,
               const std::vector<align::PicturePlacement>& b) {
    if (a.empty() || b.empty()) {
        return b.empty();
    }
    return is_weaker(*std::max_element(b.begin(), b.end(), is_weaker),
                     *std::max_element(a.begin(), a.end(), is_weaker));
}

double best_score(const std::vector<align::PicturePlacement>& placements) {
    double best = 0;
    for (const align::PicturePlacement& placement : placements) {
        best = std::max(best, align::placement_score(placement));
    }
    return best;
}

// Bits by which codes of a placed frame are nearer than those of another are worth this share of
// its points found again; docs/decisions/0056-time-of-a-picture.md.
constexpr double kShareOfBit = 0.05;

double nearness_of(const align::PicturePlacement& placement,
                   const std::vector<align::PointPair>& pairs,
                   std::size_t known_points) {
    double bits = 0;
    for (const std::uint32_t inlier : placement.inliers) {
        bits += pairs[inlier].distance;
    }
    const auto found = static_cast<double>(placement.inliers.size());
    return found / static_cast<double>(known_points) - kShareOfBit * bits / found;
}

/// How long the known video looks like one of its pictures: until halfway to the next one, or to
/// the next shot.
TimeSpan shown_for(const KnownItem& item, std::size_t picture) {
    const std::vector<LocalFrame>& frames = item.local;
    const MediaTime time = frames[picture].time;
    TimeSpan span{std::min(item.begin, time), std::max(item.duration, time)};
    const auto halfway = [](MediaTime a, MediaTime b) {
        return MediaTime::from_us((a.us + b.us) / 2);
    };
    if (picture > 0) {
        span.begin = halfway(frames[picture - 1].time, time);
    }
    if (picture + 1 < frames.size()) {
        span.end = halfway(time, frames[picture + 1].time);
    }
    const auto next = std::upper_bound(item.shots.begin(), item.shots.end(), time);
    if (next != item.shots.end() && picture + 1 < frames.size() &&
        *next <= frames[picture + 1].time) {
        span.end = *next;
    }
    if (next != item.shots.begin() && picture > 0 && *(next - 1) > frames[picture - 1].time) {
        span.begin = *(next - 1);
    }
    return span;
}

/// Until the next frame with local features, or just beyond the end.
TimeSpan stands_for(const Fingerprint& query, std::size_t frame) {
    const MediaTime from = query.local[frame].time;
    return {from, frame + 1 < query.local.size()
                      ? query.local[frame + 1].time
                      : std::max(query.media.duration, from) + MediaTime::from_us(1)};
}

/// Where a point lies in its frame, in parts of the frame's sides.
PicturePoint shown_at(const LocalPoint& point, const LocalFrame& frame) {
    return {static_cast<double>(point.x) / LocalPoint::kPositionUnits / frame.width,
            static_cast<double>(point.y) / LocalPoint::kPositionUnits / frame.height};
}

/// The cell of the frame in which a point lies.
std::uint16_t cell_of(const LocalPoint& point, const LocalFrame& frame) {
    const PicturePoint at = shown_at(point, frame);
    const auto step = [](double part) {
        constexpr auto kLast = static_cast<double>(AgreedPoint::kCells - 1);
        return static_cast<std::size_t>(std::clamp(part * AgreedPoint::kCells, 0.0, kLast));
    };
    return static_cast<std::uint16_t>(step(at.y) * AgreedPoint::kCells + step(at.x));
}

}  // namespace

Placer::Placer(const Fingerprint& query,
               const std::set<std::int64_t>& seen_whole,
               const FindOptions& options)
    : query_(query),
      seen_whole_(seen_whole),
      is_thorough_(options.effort == Effort::kThorough),
      keeps_points_(options.wants_explanation) {}

std::vector<PlacedFrame> Placer::place(const KnownItem& item,
                                       bool is_mirrored,
                                       const std::vector<const VotedPicture*>& voted,
                                       std::size_t rank) {
    std::vector<const VotedPicture*> order = voted;
    std::stable_sort(order.begin(), order.end(), [](const VotedPicture* a, const VotedPicture* b) {
        return a->votes > b->votes;
    });
    std::vector<PlacedFrame> placed;
    int misses = 0;
    for (const VotedPicture* picture : order) {
        if (picture->picture >= item.local.size()) {
            continue;  // of an item that was replaced meanwhile
        }
        if (placed.empty() && misses >= kPatience && !is_thorough_) {
            break;
        }
        const bool is_likely = rank < kLikelyItems && picture == order.front();
        std::optional<PlacedFrame> frame = place_one(item, is_mirrored, *picture, is_likely);
        if (frame) {
            placed.push_back(std::move(*frame));
        } else {
            ++misses;
        }
    }
    if (query_.media.kind == MediaKind::kImage && !placed.empty()) {
        add_neighbours(item, is_mirrored, placed);
    }
    if (query_.media.kind == MediaKind::kVideo && item.kind == MediaKind::kVideo) {
        follow(item, is_mirrored, placed);
    }
    std::sort(placed.begin(), placed.end(), [](const PlacedFrame& a, const PlacedFrame& b) {
        return std::tie(a.query, a.picture) < std::tie(b.query, b.picture);
    });
    return placed;
}

/// In the frames between and around those in which the film is sure.
void Placer::follow(const KnownItem& item, bool is_mirrored, std::vector<PlacedFrame>& placed) {
    const auto place = [&](std::uint32_t frame, std::uint32_t picture) {
        VotedPicture next;
        next.query_frame = frame;
        next.picture = picture;
        return place_one(item, is_mirrored, next, true);
    };
    follow_film(
        {query_, item, [&item](std::uint32_t picture) { return shown_for(item, picture); }, place},
        placed);
}

/// The frames around the surest one: votes favour frames with many points, and only the frame
/// itself tells when a screenshot was taken.
void Placer::add_neighbours(const KnownItem& item,
                            bool is_mirrored,
                            std::vector<PlacedFrame>& placed) {
    const auto best = std::max_element(
        placed.begin(), placed.end(),
        [](const PlacedFrame& a, const PlacedFrame& b) { return a.score < b.score; });
    const std::uint32_t middle = best->picture;
    std::set<std::uint32_t> tried;
    for (const PlacedFrame& frame : placed) {
        tried.insert(frame.picture);
    }
    VotedPicture next;
    next.query_frame = best->query;
    const std::size_t end = std::min<std::size_t>(item.local.size(), middle + kNeighbours + 1);
    for (std::size_t i = middle - std::min(middle, kNeighbours); i < end; ++i) {
        next.picture = static_cast<std::uint32_t>(i);
        if (tried.contains(next.picture)) {
            continue;
        }
        if (std::optional<PlacedFrame> frame = place_one(item, is_mirrored, next, true)) {
            placed.push_back(std::move(*frame));
        }
    }
}

/// Of one picture in one frame: by the hits, and where it is worth it by pairs of all points.
std::optional<Placer::Placed> Placer::best_placement(
    const KnownItem& item,
    bool is_mirrored,
    const VotedPicture& picture,
    bool is_likely,
    const std::vector<align::PointPlace>& known_places) {
    const LocalFrame& shown = query_.local[picture.query_frame];
    const LocalFrame& known = item.local[picture.picture];
    const std::vector<align::PointPlace>& query_places =
        query_places_of(picture.query_frame, is_mirrored);
    const auto find = [&](std::span<const align::PointPair> pairs) {
        return align::place_pictures(pairs, known_places, query_places, {known.width, known.height},
                                     {shown.width, shown.height}, options_);
    };
    std::vector<align::PointPair> pairs = picture.pairs;
    std::vector<align::PicturePlacement> placements = find(pairs);
    if (!is_likely && !is_seen_whole(item) && best_score(placements) < kPromising) {
        return std::nullopt;
    }
    const std::size_t direct = shown.points.size() * known.points.size();
    if (direct_pairs_ + direct <= kMaxDirectPairs) {
        direct_pairs_ += direct;
        std::vector<align::PointPair> all_pairs = mutual_pairs(shown, known, is_mirrored);
        std::vector<align::PicturePlacement> better = find(all_pairs);
        if (is_better(better, placements)) {
            placements = std::move(better);
            pairs = std::move(all_pairs);
        }
    }
    if (placements.empty()) {
        return std::nullopt;
    }
    const auto best = std::max_element(placements.begin(), placements.end(), is_weaker);
    return Placed{std::move(*best), std::move(pairs)};
}

std::optional<PlacedFrame> Placer::place_one(const KnownItem& item,
                                             bool is_mirrored,
                                             const VotedPicture& picture,
                                             bool is_likely) {
    const LocalFrame& shown = query_.local[picture.query_frame];
    const LocalFrame& known = item.local[picture.picture];
    const std::vector<align::PointPlace> known_places = places_of(known, false);
    std::optional<Placed> best =
        best_placement(item, is_mirrored, picture, is_likely, known_places);
    if (!best) {
        return std::nullopt;
    }
    align::PicturePlacement& placement = best->placement;
    double score = align::placement_score(placement);
    const bool is_telling = is_seen_whole(item) && placement.log10_chance <= -kTelling;
    const bool may_agree = -placement.log10_chance >= verdict::agreed_rarity(!are_pictures(item));
    if (score < kLeastPlaceScore && !is_telling && !may_agree) {
        return std::nullopt;
    }
    verdict::PlaceMeasures measures =
        measure_place({shown, known, is_mirrored, query_places_of(picture.query_frame, is_mirrored),
                       known_places, query_.media.kind != MediaKind::kImage},
                      placement, best->pairs);
    measures.is_film = !are_pictures(item);
    score = std::max(score, verdict::agreed_score(measures));
    if (score < kLeastPlaceScore && !is_telling) {
        return std::nullopt;
    }
    PlacedFrame placed;
    placed.query = picture.query_frame;
    placed.picture = picture.picture;
    placed.score = score;
    placed.nearness = nearness_of(placement, best->pairs, known.points.size());
    placed.found_again =
        static_cast<double>(placement.inliers.size()) / static_cast<double>(known.points.size());
    placed.judgement = {verdict::copy_evidence(measures), agreement_of(measures), measures};
    placed.query_time = stands_for(query_, picture.query_frame);
    placed.query_size = {shown.width, shown.height};
    placed.known_time = known.time;
    placed.known = shown_for(item, picture.picture);
    placed.agreed.reserve(placement.inliers.size());
    for (const std::uint32_t inlier : placement.inliers) {
        const align::PointPair& pair = best->pairs[inlier];
        placed.agreed.push_back(
            {cell_of(shown.points[pair.query], shown), static_cast<std::uint16_t>(pair.known)});
        if (keeps_points_) {
            placed.points.push_back({shown_at(shown.points[pair.query], shown),
                                     shown_at(known.points[pair.known], known), pair.distance});
        }
    }
    placed.placement = std::move(placement);
    return placed;
}

/// Of the frame asked for last, since an image is asked for again and again.
const std::vector<align::PointPlace>& Placer::query_places_of(std::uint32_t frame,
                                                              bool is_mirrored) {
    std::optional<FramePlaces>& last = is_mirrored ? last_mirrored_ : last_upright_;
    if (!last || last->frame != frame) {
        last = FramePlaces{frame, places_of(query_.local[frame], is_mirrored)};
    }
    return last->places;
}

bool Placer::are_pictures(const KnownItem& item) const {
    return query_.media.kind == MediaKind::kImage && item.kind == MediaKind::kImage;
}

bool Placer::is_seen_whole(const KnownItem& item) const {
    return are_pictures(item) && seen_whole_.contains(item.key);
}

}  // namespace refrain::evidence

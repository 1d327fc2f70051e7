#include "evidence/local/placer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <tuple>

#include "evidence/local/local_votes.h"
#include "evidence/local/place_agreement.h"
#include "verdict/local_score.h"

namespace refrain::evidence {

namespace {

// Bounds of the work after the search, most votes first.
constexpr std::size_t kMaxItemsOfImage = 64;
constexpr std::size_t kMaxItemsOfVideo = 24;
constexpr std::size_t kMaxItemsRead = 256;
// Of one item: after so many pictures without any place it is given up.
constexpr int kPatience = 6;

// The items with most votes are paired by all points at once, at their best picture.
constexpr std::size_t kLikelyItems = 8;
// Frames before and after the surest one of a known video that a picture query is placed in.
constexpr std::uint32_t kNeighbours = 12;
// A placement by the hits alone that is at least this good is worth another by pairs of all points.
constexpr double kPromising = 1.0;
constexpr double kLeastScore = 0.5;
// Of an item that looks alike as a whole a place as seldom as this is enough to tell by.
constexpr double kTelling = 5.0;
// At most so many pairs in all are compared code by code, which bounds a hostile query.
constexpr std::size_t kMaxDirectPairs = std::size_t{1} << 28;
// Frames with this much evidence for an item, and no look-alike, count as showing it.
constexpr double kShows = 6.0;

using FramesOfGroup = std::map<LocalGroup, std::vector<const VotedPicture*>>;

struct RankedGroup {
    LocalGroup group;
    double votes = 0;
};

/// Items by the sum of their frames' best votes.
std::vector<RankedGroup> rank(const FramesOfGroup& groups) {
    std::vector<RankedGroup> ranked;
    for (const auto& [group, pictures] : groups) {
        std::map<std::uint32_t, double> best;
        for (const VotedPicture* picture : pictures) {
            double& votes = best[picture->query_frame];
            votes = std::max(votes, picture->votes);
        }
        double sum = 0;
        for (const auto& [frame, votes] : best) {
            sum += votes;
        }
        ranked.push_back({group, sum});
    }
    std::sort(ranked.begin(), ranked.end(), [](const RankedGroup& a, const RankedGroup& b) {
        return a.votes != b.votes ? a.votes > b.votes : a.group < b.group;
    });
    return ranked;
}

/// By the score, and where that is as good as none by how seldom it is.
bool is_weaker(const align::PicturePlacement& a, const align::PicturePlacement& b) {
    const double score_a = align::placement_score(a);
    const double score_b = align::placement_score(b);
    return std::max(score_a, score_b) < kLeastScore ? a.log10_chance > b.log10_chance
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

class Placer {
  public:
    Placer(const Fingerprint& query,
           const std::set<std::int64_t>& seen_whole,
           const FindOptions& options)
        : query_(query),
          seen_whole_(seen_whole),
          is_thorough_(options.effort == Effort::kThorough),
          keeps_inliers_(options.wants_explanation) {}

    /// The frames in which pictures of the item lie.
    std::vector<PlacedFrame> place(const KnownItem& item,
                                   bool is_mirrored,
                                   const std::vector<const VotedPicture*>& voted,
                                   std::size_t rank) {
        std::vector<const VotedPicture*> order = voted;
        std::stable_sort(
            order.begin(), order.end(),
            [](const VotedPicture* a, const VotedPicture* b) { return a->votes > b->votes; });
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
        std::sort(placed.begin(), placed.end(), [](const PlacedFrame& a, const PlacedFrame& b) {
            return std::tie(a.query, a.picture) < std::tie(b.query, b.picture);
        });
        return placed;
    }

  private:
    /// The frames around the surest one: votes favour frames with many points, and only the frame
    /// itself tells when a screenshot was taken.
    void add_neighbours(const KnownItem& item, bool is_mirrored, std::vector<PlacedFrame>& placed) {
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

    std::optional<PlacedFrame> place_one(const KnownItem& item,
                                         bool is_mirrored,
                                         const VotedPicture& picture,
                                         bool is_likely) {
        const LocalFrame& shown = query_.local[picture.query_frame];
        const LocalFrame& known = item.local[picture.picture];
        const std::vector<align::PointPlace>& query_places =
            query_places_of(picture.query_frame, is_mirrored);
        const std::vector<align::PointPlace> known_places = places_of(known, false);
        const auto find = [&](std::span<const align::PointPair> pairs) {
            return align::place_pictures(pairs, known_places, query_places,
                                         {known.width, known.height}, {shown.width, shown.height},
                                         options_);
        };
        std::vector<align::PointPair> pairs = mutual_among(picture.pairs);
        std::vector<align::PicturePlacement> placements = find(pairs);
        const bool is_seen_whole = are_pictures(item) && seen_whole_.contains(item.key);
        if (!is_likely && !is_seen_whole && best_score(placements) < kPromising) {
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
        const auto best =
            std::max_element(placements.begin(), placements.end(),
                             [](const align::PicturePlacement& a,
                                const align::PicturePlacement& b) { return is_weaker(a, b); });
        const double score = align::placement_score(*best);
        const bool is_telling = is_seen_whole && best->log10_chance <= -kTelling;
        if (score < kLeastScore && !is_telling) {
            return std::nullopt;
        }
        verdict::PlaceMeasures measures =
            measure_place({shown, known, is_mirrored, query_places, known_places}, *best, pairs);
        measures.is_film = !are_pictures(item);
        const PlaceJudgement judgement{verdict::copy_evidence(measures), agreement_of(measures),
                                       measures};
        const double nearness = nearness_of(*best, pairs, known.points.size());
        PlacedFrame placed{
            picture.query_frame, picture.picture, score, nearness, std::move(*best), {}, judgement};
        if (keeps_inliers_) {
            for (const std::uint32_t inlier : placed.placement.inliers) {
                placed.inliers.push_back(pairs[inlier]);
            }
        }
        return placed;
    }

    /// Of the frame asked for last, since an image is asked for again and again.
    const std::vector<align::PointPlace>& query_places_of(std::uint32_t frame, bool is_mirrored) {
        std::optional<FramePlaces>& last = is_mirrored ? last_mirrored_ : last_upright_;
        if (!last || last->frame != frame) {
            last = FramePlaces{frame, places_of(query_.local[frame], is_mirrored)};
        }
        return last->places;
    }

    struct FramePlaces {
        std::uint32_t frame = 0;
        std::vector<align::PointPlace> places;
    };

    [[nodiscard]] bool are_pictures(const KnownItem& item) const {
        return query_.media.kind == MediaKind::kImage && item.kind == MediaKind::kImage;
    }

    const Fingerprint& query_;
    const std::set<std::int64_t>& seen_whole_;
    std::optional<FramePlaces> last_upright_;
    std::optional<FramePlaces> last_mirrored_;
    bool is_thorough_;
    bool keeps_inliers_;
    align::PlaceOptions options_;
    std::size_t direct_pairs_ = 0;
};

/// The pictures of each part, numbered as in the part.
std::map<std::uint32_t, std::vector<VotedPicture>> by_part(
    const KnownItem& item,
    const std::vector<const VotedPicture*>& voted) {
    std::map<std::uint32_t, std::vector<VotedPicture>> parts;
    for (const VotedPicture* picture : voted) {
        if (const auto place = picture_at(item, picture->picture)) {
            std::vector<VotedPicture>& pictures = parts[place->part];
            pictures.push_back(*picture);
            pictures.back().picture = place->index;
        }
    }
    return parts;
}

struct RankedPictures {
    const std::vector<const VotedPicture*>& voted;
    std::size_t rank = 0;  ///< of the item
};

/// Places the pictures of each part of an item.
std::map<std::uint32_t, std::vector<PlacedFrame>> place_parts(Placer& placer,
                                                              const KnownItem& item,
                                                              bool is_mirrored,
                                                              const RankedPictures& pictures) {
    std::map<std::uint32_t, std::vector<PlacedFrame>> placed;
    if (item.more_parts.empty()) {
        placed[0] = placer.place(item, is_mirrored, pictures.voted, pictures.rank);
        return placed;
    }
    for (const auto& [part, own] : by_part(item, pictures.voted)) {
        std::vector<const VotedPicture*> voted;
        voted.reserve(own.size());
        for (const VotedPicture& picture : own) {
            voted.push_back(&picture);
        }
        placed[part] = placer.place(*part_of(item, part), is_mirrored, voted, pictures.rank);
    }
    return placed;
}

std::vector<std::uint32_t> chosen_frames(const Fingerprint& query, LocalShare share) {
    const std::size_t all = query.local.size();
    const std::size_t count = share == LocalShare::kAll ? all : std::min(all, kSampledFrames);
    std::vector<std::uint32_t> frames(count);
    for (std::size_t i = 0; i < count; ++i) {
        frames[i] = static_cast<std::uint32_t>((2 * i + 1) * all / (2 * count));
    }
    return frames;
}

/// What several items show tells little of each.
void share_frames(LocalFindings& findings) {
    std::map<std::uint32_t, std::set<std::int64_t>> items;
    for (const auto& [group, frames] : findings.groups) {
        for (const PlacedFrame& frame : frames) {
            if (frame.score >= kShows && frame.judgement.evidence >= 0) {
                items[frame.query].insert(group.key);
            }
        }
    }
    for (auto& [group, frames] : findings.groups) {
        for (PlacedFrame& frame : frames) {
            const auto found = items.find(frame.query);
            if (found != items.end() && found->second.size() > 1) {
                frame.score /= std::sqrt(static_cast<double>(found->second.size()));
            }
        }
    }
}

}  // namespace

Result<LocalFindings> search_local(const KnownSet& known,
                                   const Fingerprint& query,
                                   const std::set<std::int64_t>& seen_whole,
                                   const FindOptions& options,
                                   LocalShare share) {
    LocalFindings findings;
    const std::size_t known_pictures = known.local_pictures();
    if (query.local.empty() || known_pictures == 0) {
        return findings;
    }
    const std::vector<std::uint32_t> frames = chosen_frames(query, share);
    findings.comparisons =
        2.0 * static_cast<double>(frames.size()) * static_cast<double>(known_pictures);
    const Result<std::vector<VotedPicture>> voted = vote_for_pictures(known, query, frames);
    if (!voted) {
        return voted.error();
    }
    FramesOfGroup groups;
    for (const VotedPicture& picture : *voted) {
        groups[{picture.key, picture.is_mirrored}].push_back(&picture);
    }
    const bool is_image = query.media.kind == MediaKind::kImage;
    std::size_t items_left = is_image ? kMaxItemsOfImage : kMaxItemsOfVideo;
    std::size_t reads_left = kMaxItemsRead;
    std::size_t rank_of_item = 0;
    Placer placer(query, seen_whole, options);
    for (const RankedGroup& ranked : rank(groups)) {
        if (items_left == 0 || reads_left-- == 0) {
            break;
        }
        const Result<KnownItemPtr> item = known.find(ranked.group.key);
        if (!item) {
            return item.error();
        }
        if (*item == nullptr || !is_wanted(**item, options)) {
            continue;
        }
        --items_left;
        for (auto& [part, placed] : place_parts(placer, **item, ranked.group.is_mirrored,
                                                {groups[ranked.group], rank_of_item})) {
            if (!placed.empty()) {
                findings.groups.emplace(
                    LocalGroup{ranked.group.key, ranked.group.is_mirrored, part},
                    std::move(placed));
            }
        }
        ++rank_of_item;
    }
    share_frames(findings);
    return findings;
}

}  // namespace refrain::evidence

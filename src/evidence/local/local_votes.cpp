#include "evidence/local/local_votes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "index/hamming_kernels.h"
#include "local/local_features.h"
#include "verdict/local_score.h"

namespace refrain::evidence {

namespace {

// Pictures kept of each frame, and of one item among them: neighbours in a video look alike.
constexpr std::size_t kMaxPicturesOfImage = 128;
constexpr std::size_t kMaxPicturesOfVideoFrame = 24;
constexpr int kMaxPicturesOfItem = 4;
// Frames searched in one go.
constexpr std::size_t kFramesPerSearch = 4;
// What asks first: of each cell of a grid so many across and down the most telling points, one in
// so many, and one in as many of the others: what was laid over a copy may be more telling than it.
constexpr int kFirstCells = 6;
constexpr std::size_t kFirstOf = 5;

/// A point of a batch: of which frame, which point of it, and in which mirroring.
struct PointOf {
    std::uint32_t frame = 0;
    std::uint32_t point = 0;
    bool is_mirrored = false;
};

struct Batch {
    std::vector<Hash256> codes;
    std::vector<PointOf> points;
};

std::vector<std::uint32_t> asking_points(const LocalFrame& frame, bool is_first_look) {
    if (is_first_look) {
        return first_points(frame);
    }
    std::vector<std::uint32_t> all(frame.points.size());
    std::iota(all.begin(), all.end(), 0U);
    return all;
}

Batch batch_of(const Fingerprint& query,
               std::span<const std::uint32_t> frames,
               bool is_first_look) {
    Batch batch;
    for (const std::uint32_t f : frames) {
        const std::vector<LocalPoint>& points = query.local[f].points;
        const std::vector<std::uint32_t> asking = asking_points(query.local[f], is_first_look);
        for (const bool is_mirrored : {false, true}) {
            for (const std::uint32_t i : asking) {
                batch.codes.push_back(is_mirrored ? local::mirrored(points[i].code)
                                                  : points[i].code);
                batch.points.push_back({f, i, is_mirrored});
            }
        }
    }
    return batch;
}

struct PictureId {
    std::uint32_t frame = 0;
    bool is_mirrored = false;
    std::int64_t key = 0;
    std::uint32_t picture = 0;

    friend bool operator==(const PictureId&, const PictureId&) = default;
};

struct PictureIdHash {
    std::size_t operator()(const PictureId& id) const {
        std::uint64_t mixed = static_cast<std::uint64_t>(id.key) * 0x9E3779B97F4A7C15U;
        mixed ^= (std::uint64_t{id.picture} << 33U) ^ (std::uint64_t{id.frame} << 1U) ^
                 std::uint64_t{id.is_mirrored};
        mixed *= 0xD6E8FEB86659FD93U;
        return static_cast<std::size_t>(mixed ^ (mixed >> 32U));
    }
};

using Votes = std::unordered_map<PictureId, VotedPicture, PictureIdHash>;

/// The hits of one query code, nearest first. Of one picture only the nearest votes.
void count_votes(std::span<const LocalPointHit> hits, const PointOf& point, Votes& votes) {
    std::map<std::int64_t, int> seen;  // items, and their pictures so far
    for (const LocalPointHit& hit : hits) {
        const auto rank = static_cast<double>(seen.size());
        seen.emplace(hit.key, 1);
        const PictureId id{point.frame, point.is_mirrored, hit.key, hit.picture};
        VotedPicture& voted = votes[id];
        const float weight = verdict::pair_weight(hit.distance);
        const bool is_first = voted.pairs.empty() || voted.pairs.back().query != point.point;
        if (is_first) {
            voted.votes += std::pow(static_cast<double>(weight), 3) / std::sqrt(1 + rank);
        }
        voted.pairs.push_back(
            {point.point, hit.point, weight, static_cast<std::uint16_t>(hit.distance)});
    }
}

/// Keeps of each frame the pictures with the most votes.
void keep_best(Votes& votes,
               std::size_t most,
               std::size_t fewest_pairs,
               std::vector<VotedPicture>& kept) {
    std::map<std::uint32_t, std::vector<VotedPicture*>> frames;
    for (auto& [id, voted] : votes) {
        if (voted.pairs.size() >= fewest_pairs) {
            voted.query_frame = id.frame;
            voted.is_mirrored = id.is_mirrored;
            voted.key = id.key;
            voted.picture = id.picture;
            frames[id.frame].push_back(&voted);
        }
    }
    for (auto& [frame, pictures] : frames) {
        std::sort(pictures.begin(), pictures.end(),
                  [](const VotedPicture* a, const VotedPicture* b) {
                      return std::tie(b->votes, a->key, a->picture, a->is_mirrored) <
                             std::tie(a->votes, b->key, b->picture, b->is_mirrored);
                  });
        std::map<std::pair<std::int64_t, bool>, int> of_item;
        std::size_t taken = 0;
        for (VotedPicture* picture : pictures) {
            if (taken == most) {
                break;
            }
            if (of_item[{picture->key, picture->is_mirrored}]++ < kMaxPicturesOfItem) {
                kept.push_back(std::move(*picture));
                ++taken;
            }
        }
    }
}

}  // namespace

Result<std::vector<VotedPicture>> vote_for_pictures(const LocalChannel& channel,
                                                    const Fingerprint& query,
                                                    std::span<const std::uint32_t> frames,
                                                    const std::stop_token& stop,
                                                    const VoteOptions& options) {
    const std::size_t most =
        query.media.kind == MediaKind::kImage ? kMaxPicturesOfImage : kMaxPicturesOfVideoFrame;
    std::vector<VotedPicture> kept;
    for (std::size_t first = 0; first < frames.size(); first += kFramesPerSearch) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while searching"};
        }
        const std::size_t count = std::min(kFramesPerSearch, frames.size() - first);
        const Batch batch = batch_of(query, frames.subspan(first, count), options.is_first_look);
        const Result<std::vector<LocalPointHit>> hits =
            options.by_signature ? channel.likely_near_points(batch.codes, options.lists, count)
                                 : channel.near_points(batch.codes, options.lists);
        if (!hits) {
            return hits.error();
        }
        Votes votes;
        for (std::size_t begin = 0; begin < hits->size();) {
            std::size_t end = begin;
            while (end < hits->size() && (*hits)[end].query == (*hits)[begin].query) {
                ++end;
            }
            count_votes(std::span(*hits).subspan(begin, end - begin),
                        batch.points[(*hits)[begin].query], votes);
            begin = end;
        }
        keep_best(votes, most, options.fewest_pairs, kept);
    }
    return kept;
}

std::vector<std::uint32_t> first_points(const LocalFrame& frame) {
    constexpr auto kCells = static_cast<std::size_t>(kFirstCells);
    const auto cell_at = [](int position, int side) {
        const int cell = position * kFirstCells / (std::max(1, side) * LocalPoint::kPositionUnits);
        return static_cast<std::size_t>(std::min(cell, kFirstCells - 1));
    };
    std::vector<std::size_t> cells;
    std::vector<std::size_t> count(kCells * kCells);
    for (const LocalPoint& point : frame.points) {
        cells.push_back(cell_at(point.y, frame.height) * kCells + cell_at(point.x, frame.width));
        ++count[cells.back()];
    }
    std::vector<std::size_t> passed(kCells * kCells);
    std::vector<std::uint32_t> first;
    for (std::uint32_t i = 0; i < frame.points.size(); ++i) {
        const std::size_t most_telling = (count[cells[i]] + kFirstOf - 1) / kFirstOf;
        const std::size_t nth = passed[cells[i]]++;
        if (nth < most_telling || (nth - most_telling) % kFirstOf == kFirstOf - 1) {
            first.push_back(i);
        }
    }
    return first;
}

std::vector<align::PointPlace> places_of(const LocalFrame& frame, bool is_mirrored) {
    std::vector<align::PointPlace> places;
    places.reserve(frame.points.size());
    constexpr float kPixel = 1.0F / LocalPoint::kPositionUnits;
    constexpr float kTurn = 2 * std::numbers::pi_v<float>;
    for (const LocalPoint& point : frame.points) {
        align::PointPlace place;
        place.x = static_cast<float>(point.x) * kPixel;
        place.y = static_cast<float>(point.y) * kPixel;
        place.scale = std::exp2(static_cast<float>(point.scale) / LocalPoint::kScaleUnits);
        place.angle = static_cast<float>(point.angle) * kTurn / LocalPoint::kAngleUnits;
        if (is_mirrored) {
            place.x = static_cast<float>(frame.width) - place.x;
            place.angle = std::fmod(1.5F * kTurn - place.angle, kTurn);
        }
        places.push_back(place);
    }
    return places;
}

std::vector<align::PointPair> mutual_among(const std::vector<align::PointPair>& pairs) {
    std::unordered_map<std::uint32_t, int> by_query;
    std::unordered_map<std::uint32_t, int> by_known;
    for (const align::PointPair& pair : pairs) {
        int& query = by_query.try_emplace(pair.query, pair.distance).first->second;
        query = std::min<int>(query, pair.distance);
        int& known = by_known.try_emplace(pair.known, pair.distance).first->second;
        known = std::min<int>(known, pair.distance);
    }
    std::vector<align::PointPair> mutual;
    for (const align::PointPair& pair : pairs) {
        if (pair.distance == by_query.at(pair.query) && pair.distance == by_known.at(pair.known)) {
            mutual.push_back(pair);
        }
    }
    return mutual;
}

std::vector<align::PointPair> mutual_pairs(const LocalFrame& query,
                                           const LocalFrame& known,
                                           bool is_mirrored) {
    std::vector<Hash256> codes;
    codes.reserve(known.points.size());
    for (const LocalPoint& point : known.points) {
        codes.push_back(point.code);
    }
    std::vector<align::PointPair> near;
    std::vector<index::Near> found;
    for (std::uint32_t q = 0; q < query.points.size(); ++q) {
        const Hash256& code = query.points[q].code;
        found.clear();
        index::hamming_kernels().scan(codes, 0, is_mirrored ? local::mirrored(code) : code,
                                      verdict::kMaxLocalDistance, found);
        for (const index::Near& one : found) {
            near.push_back({q, one.position, verdict::pair_weight(one.distance), one.distance});
        }
    }
    return mutual_among(near);
}

}  // namespace refrain::evidence

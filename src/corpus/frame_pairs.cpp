#include "corpus/frame_pairs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "align/time_segments.h"
#include "index/hamming_kernels.h"
#include "verdict/frame_score.h"

namespace refrain::corpus {

namespace {

// Up to so many pairs of frames are compared one by one: some 10 ms.
constexpr std::size_t kAllWithAll = std::size_t{1} << 22;

// Lines are looked for in stretches of so many seeds, which bounds the alignment's work. Each
// shares one half with the stretch before, so that no short segment is cut in two.
constexpr std::size_t kSeedsOfStretch = 1024;
constexpr std::size_t kLinesOfStretch = 16;
// A line explains the frames around it, and so far beyond its ends.
constexpr MediaTime kBeside = MediaTime::from_seconds(2);
constexpr MediaTime kBeyond = MediaTime::from_seconds(60);
// Lines with this share of the weight of the best one are followed through the whole query: where a
// film repeats itself, each stretch by itself may have taken another repetition.
constexpr double kShareOfBest = 0.1;
constexpr std::size_t kMaxWholeLines = 4;
// Lines that differ by no more are one.
constexpr double kSameSpeed = 0.01;
constexpr double kSameOffset = 1.0;  // seconds

/// reference time = begin of the line + speed x query time since then, in seconds.
struct GuideLine {
    double query_begin = 0;
    double query_end = 0;
    double reference_begin = 0;
    double speed = 1;
    double weight = 0;

    [[nodiscard]] double at(double query_time) const {
        return reference_begin + speed * (query_time - query_begin);
    }
};

bool is_same(const GuideLine& a, const GuideLine& b) {
    return std::abs(a.speed - b.speed) <= kSameSpeed &&
           std::abs(a.at(b.query_begin) - b.reference_begin) <= kSameOffset;
}

std::vector<Hash256> codes_of(const KnownItem& item) {
    std::vector<Hash256> codes;
    codes.reserve(item.frames.size());
    for (const KnownFrame& frame : item.frames) {
        codes.push_back(frame.hash);
    }
    return codes;
}

/// Compares codes and keeps the near ones, within the bounds.
class Pairer {
  public:
    Pairer(const Query& query, const KnownItem& item, std::uint32_t view, const PairBounds& bounds)
        : query_(query), view_(view), bounds_(bounds), codes_(codes_of(item)) {}

    /// @return false: a bound is reached, and nothing was compared
    bool compare(std::uint32_t frame, std::size_t first, std::size_t last) {
        if (paired_.compared + (last - first) > bounds_.compared ||
            paired_.pairs.size() >= bounds_.kept) {
            paired_.is_cut_off = true;
            return false;
        }
        paired_.compared += last - first;
        near_.clear();
        index::hamming_kernels().scan(std::span(codes_).subspan(first, last - first),
                                      static_cast<std::uint32_t>(first), query_.code(frame, view_),
                                      verdict::kMaxCompanionDistance, near_);
        for (const index::Near& one : near_) {
            paired_.pairs.push_back({frame, one.position, one.distance});
        }
        return true;
    }

    [[nodiscard]] PairedFrames take() { return std::move(paired_); }

  private:
    const Query& query_;
    std::uint32_t view_;
    const PairBounds& bounds_;
    std::vector<Hash256> codes_;
    std::vector<index::Near> near_;
    PairedFrames paired_;
};

/// The hits of some seeds as the alignment wants them; frames between seeds do not count as missed.
std::vector<align::TimeHit> time_hits(const Query& query,
                                      const KnownItem& item,
                                      const std::vector<MediaTime>& seed_times,
                                      std::span<const SeedHit> hits) {
    std::vector<align::TimeHit> list;
    list.reserve(hits.size());
    for (const SeedHit& hit : hits) {
        const MediaTime time = query.frames()[query.seeds()[hit.seed].frame].time;
        const auto at = std::lower_bound(seed_times.begin(), seed_times.end(), time);
        align::TimeHit one;
        one.query_frame = static_cast<std::uint32_t>(at - seed_times.begin());
        one.query_time = time;
        one.query_end = at + 1 < seed_times.end() ? *(at + 1) : query.end();
        one.query_previous = at != seed_times.begin() ? *(at - 1) : MediaTime{};
        one.reference_begin = item.frames[hit.frame].begin;
        one.reference_end = item.frames[hit.frame].end;
        one.weight = verdict::rarity(hit.distance);
        list.push_back(one);
    }
    return list;
}

GuideLine line_of(const align::TimeSegment& segment) {
    const MediaTime reference = segment.speed < 0 ? segment.reference.end : segment.reference.begin;
    return {segment.query.begin.seconds(), segment.query.end.seconds(), reference.seconds(),
            segment.speed, segment.weight};
}

/// The lines of all stretches.
std::vector<GuideLine> find_lines(const Query& query,
                                  const KnownItem& item,
                                  std::uint32_t view,
                                  std::span<const SeedHit> hits) {
    const std::vector<MediaTime> seed_times = query.seed_times(view);
    align::TimeOptions options;
    options.query_begin = query.begin();
    options.query_duration = query.end();
    options.reference_begin = item.begin;
    options.reference_duration = item.duration;
    options.max_segments = kLinesOfStretch;
    const std::vector<align::TimeHit> all = time_hits(query, item, seed_times, hits);
    std::vector<GuideLine> lines;
    constexpr std::size_t kStep = kSeedsOfStretch / 2;
    for (std::size_t begin = 0; begin < seed_times.size(); begin += kStep) {
        const auto from = std::lower_bound(
            all.begin(), all.end(), begin,
            [](const align::TimeHit& hit, std::size_t at) { return hit.query_frame < at; });
        const auto until = std::lower_bound(
            from, all.end(), begin + kSeedsOfStretch,
            [](const align::TimeHit& hit, std::size_t at) { return hit.query_frame < at; });
        for (const align::TimeSegment& segment :
             align::find_time_segments(std::span(from, until), options)) {
            lines.push_back(line_of(segment));
        }
        if (begin + kSeedsOfStretch >= seed_times.size()) {
            break;
        }
    }
    return lines;
}

/// The lines that are to be followed through the whole query.
std::vector<GuideLine> whole_lines(std::vector<GuideLine> lines) {
    const auto is_heavier = [](const GuideLine& a, const GuideLine& b) {
        return a.weight != b.weight ? a.weight > b.weight : a.query_begin < b.query_begin;
    };
    std::sort(lines.begin(), lines.end(), is_heavier);
    std::vector<GuideLine> merged;
    for (const GuideLine& line : lines) {
        const auto same = std::find_if(merged.begin(), merged.end(), [&](const GuideLine& other) {
            return is_same(other, line);
        });
        if (same != merged.end()) {
            same->weight += line.weight;
        } else if (merged.size() < kLinesOfStretch * kMaxWholeLines) {
            merged.push_back(line);
        }
    }
    std::sort(merged.begin(), merged.end(), is_heavier);
    std::size_t kept = 0;
    while (kept < std::min(merged.size(), kMaxWholeLines) &&
           merged[kept].weight >= kShareOfBest * merged[0].weight) {
        ++kept;
    }
    merged.resize(kept);
    return merged;
}

/// Indices of known frames, half-open.
using Band = std::pair<std::size_t, std::size_t>;

/// The known frames that are shown around some time of the line.
Band band_at(const KnownItem& item, const GuideLine& line, double query_time) {
    const double middle = line.at(query_time);
    const double low = middle - kBeside.seconds();
    const double high = middle + kBeside.seconds();
    const auto first =
        std::partition_point(item.frames.begin(), item.frames.end(),
                             [&](const KnownFrame& frame) { return frame.end.seconds() < low; });
    const auto last = std::partition_point(first, item.frames.end(), [&](const KnownFrame& frame) {
        return frame.begin.seconds() <= high;
    });
    return {static_cast<std::size_t>(first - item.frames.begin()),
            static_cast<std::size_t>(last - item.frames.begin())};
}

/// Unites bands that meet. @param bands  not empty
std::vector<Band> united(std::vector<Band> bands) {
    std::sort(bands.begin(), bands.end());
    std::vector<Band> result = {bands.front()};
    for (const Band& band : bands) {
        if (band.first <= result.back().second) {
            result.back().second = std::max(result.back().second, band.second);
        } else {
            result.push_back(band);
        }
    }
    return result;
}

}  // namespace

PairedFrames pair_all_frames(const Query& query,
                             const KnownItem& item,
                             std::uint32_t view,
                             const PairBounds& bounds) {
    Pairer pairer(query, item, view, bounds);
    for (std::uint32_t q = 0; q < query.frames().size(); ++q) {
        if (!pairer.compare(q, 0, item.frames.size())) {
            break;
        }
    }
    return pairer.take();
}

PairedFrames pair_frames_on_lines(const Query& query,
                                  const KnownItem& item,
                                  std::uint32_t view,
                                  std::span<const SeedHit> hits,
                                  const PairBounds& bounds) {
    std::vector<GuideLine> lines = find_lines(query, item, view, hits);
    const std::vector<GuideLine> whole = whole_lines(lines);
    std::sort(lines.begin(), lines.end(),
              [](const GuideLine& a, const GuideLine& b) { return a.query_begin < b.query_begin; });
    Pairer pairer(query, item, view, bounds);
    std::vector<GuideLine> open;  // lines around the frame
    auto next = lines.begin();
    for (std::uint32_t q = 0; q < query.frames().size(); ++q) {
        const double time = query.frames()[q].time.seconds();
        for (; next != lines.end() && next->query_begin - kBeyond.seconds() <= time; ++next) {
            open.push_back(*next);
        }
        std::erase_if(
            open, [&](const GuideLine& line) { return line.query_end + kBeyond.seconds() < time; });
        std::vector<Band> bands;
        for (const GuideLine& line : open) {
            bands.push_back(band_at(item, line, time));
        }
        for (const GuideLine& line : whole) {
            bands.push_back(band_at(item, line, time));
        }
        if (bands.empty()) {
            continue;
        }
        for (const Band& band : united(std::move(bands))) {
            if (!pairer.compare(q, band.first, band.second)) {
                return pairer.take();
            }
        }
    }
    return pairer.take();
}

PairedFrames pair_frames(const Query& query,
                         const KnownItem& item,
                         std::uint32_t view,
                         std::span<const SeedHit> hits,
                         const PairBounds& bounds) {
    const std::size_t all = query.frames().size() * item.frames.size();
    return all <= kAllWithAll ? pair_all_frames(query, item, view, bounds)
                              : pair_frames_on_lines(query, item, view, hits, bounds);
}

}  // namespace refrain::corpus

#include "evidence/frames/frame_pairs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "evidence/frames/guide_lines.h"
#include "index/hamming_kernels.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// Up to so many pairs of frames are compared one by one: some 10 ms.
constexpr std::size_t kAllWithAll = std::size_t{1} << 22;

// A line explains the frames around it, and so far beyond its ends.
constexpr MediaTime kBeside = MediaTime::from_ms(750);
constexpr MediaTime kBeyond = MediaTime::from_seconds(20);

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
    Pairer(const Query& query, const KnownItem& item, QueryView view, const PairBounds& bounds)
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
    QueryView view_;
    const PairBounds& bounds_;
    std::vector<Hash256> codes_;
    std::vector<index::Near> near_;
    PairedFrames paired_;
};

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
                             QueryView view,
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
                                  QueryView view,
                                  std::span<const SeedHit> hits,
                                  const PairBounds& bounds) {
    std::vector<GuideLine> lines = guide_lines(query, item, view, hits);
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
                         QueryView view,
                         std::span<const SeedHit> hits,
                         const PairBounds& bounds) {
    const std::size_t all = query.frames().size() * item.frames.size();
    return all <= kAllWithAll ? pair_all_frames(query, item, view, bounds)
                              : pair_frames_on_lines(query, item, view, hits, bounds);
}

}  // namespace refrain::evidence

#include "evidence/frames/guide_lines.h"

#include <algorithm>
#include <cmath>

#include "align/time_segments.h"
#include "evidence/frames/seed_support.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// Lines are looked for in stretches of so many seeds, which bounds the alignment's work. Each
// shares one half with the stretch before, so that no short segment is cut in two.
constexpr std::size_t kSeedsOfStretch = 1024;
constexpr std::size_t kLinesOfStretch = 8;
// Lines that are nearly the same.
constexpr double kSameSpeed = 0.01;
constexpr double kSameOffset = 1.0;  // seconds
// Lines are followed through the whole query until so many different ones were. Those that explain
// most are kept.
constexpr std::size_t kMaxFollowed = 64;
constexpr std::size_t kMaxWholeLines = 4;
constexpr double kShareOfBest = 0.1;
// Between lines is chosen for so many seeds together. A line that explains much of the query is
// preferred to one that explains these seeds better by less.
constexpr std::size_t kSeedsOfBin = 16;
constexpr double kAsGood = 0.8;

align::Line line_of(const GuideLine& line) {
    return {line.query_begin, line.reference_begin, line.speed};
}

bool is_same(const GuideLine& a, const GuideLine& b) {
    return std::abs(a.speed - b.speed) <= kSameSpeed &&
           std::abs(a.at(b.query_begin) - b.reference_begin) <= kSameOffset;
}

bool is_heavier(const GuideLine& a, const GuideLine& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.query_begin < b.query_begin;
}

/// Finds and chooses the lines of one query, view and item.
class LineFinder {
  public:
    LineFinder(const Query& query,
               const KnownItem& item,
               QueryView view,
               std::span<const SeedHit> hits)
        : query_(query), item_(item), support_(query, item, view), times_(support_.times()) {
        add_hits(hits);
    }

    std::vector<GuideLine> run() {
        find_lines();
        std::sort(lines_.begin(), lines_.end(), [](const GuideLine& a, const GuideLine& b) {
            return a.query_begin < b.query_begin;
        });
        std::vector<GuideLine> chosen;
        std::vector<GuideLine> open = whole_;  // then the lines around the bin
        auto next = lines_.begin();
        for (std::size_t bin = 0; bin < times_.size(); bin += kSeedsOfBin) {
            const std::size_t end = std::min(bin + kSeedsOfBin, times_.size());
            const double from = times_[bin].seconds();
            const double until =
                end < times_.size() ? times_[end].seconds() : query_.end().seconds();
            for (; next != lines_.end() && next->query_begin <= until; ++next) {
                open.push_back(*next);
            }
            open.erase(std::remove_if(open.begin() + static_cast<std::ptrdiff_t>(whole_.size()),
                                      open.end(),
                                      [&](const GuideLine& line) { return line.query_end < from; }),
                       open.end());
            choose(open, {bin, end}, {from, until}, chosen);
        }
        return chosen;
    }

  private:
    struct Bin {
        std::size_t begin = 0;  ///< into `times_`
        std::size_t end = 0;
    };
    struct Room {
        double from = 0;  ///< seconds of query time
        double until = 0;
    };

    /// The hits as the alignment wants them; frames between seeds do not count as missed.
    void add_hits(std::span<const SeedHit> hits) {
        hits_.reserve(hits.size());
        first_.assign(times_.size() + 1, 0);
        heaviest_.assign(times_.size(), 0);
        for (const SeedHit& hit : hits) {
            const MediaTime time = query_.frames()[query_.seeds()[hit.seed].frame].time;
            const auto at = std::lower_bound(times_.begin(), times_.end(), time);
            align::TimeHit one;
            one.query_frame = static_cast<std::uint32_t>(at - times_.begin());
            one.query_time = time;
            one.query_end = at + 1 < times_.end() ? *(at + 1) : query_.end();
            one.query_previous = at != times_.begin() ? *(at - 1) : MediaTime{};
            one.reference_begin = item_.frames[hit.frame].begin;
            one.reference_end = item_.frames[hit.frame].end;
            one.weight = verdict::rarity(hit.distance);
            hits_.push_back(one);
            ++first_[one.query_frame + 1];
            heaviest_[one.query_frame] = std::max(heaviest_[one.query_frame], one.weight);
        }
        for (std::size_t i = 1; i < first_.size(); ++i) {
            first_[i] += first_[i - 1];
        }
    }

    void find_lines() {
        align::TimeOptions options;
        options.query_begin = query_.begin();
        options.query_duration = query_.end();
        options.reference_begin = item_.begin;
        options.reference_duration = item_.duration;
        options.max_segments = kLinesOfStretch;
        for (std::size_t begin = 0; begin < times_.size(); begin += kSeedsOfStretch / 2) {
            const std::size_t end = std::min(begin + kSeedsOfStretch, times_.size());
            const std::vector<align::TimeHit> stretch = unexplained({begin, end});
            for (const align::TimeSegment& segment : align::find_time_segments(stretch, options)) {
                const MediaTime reference =
                    segment.speed < 0 ? segment.reference.end : segment.reference.begin;
                lines_.push_back({segment.query.begin.seconds(), segment.query.end.seconds(),
                                  reference.seconds(), segment.speed, segment.weight});
                follow(lines_.back());
            }
            if (end == times_.size()) {
                break;
            }
        }
    }

    /// The hits of the seeds that no whole line explains, bin by bin as `choose` asks.
    [[nodiscard]] std::vector<align::TimeHit> unexplained(Bin stretch) const {
        std::vector<align::TimeHit> hits;
        for (std::size_t begin = stretch.begin; begin < stretch.end; begin += kSeedsOfBin) {
            const Bin bin{begin, std::min(begin + kSeedsOfBin, stretch.end)};
            double most = 0;
            for (std::size_t seed = bin.begin; seed < bin.end; ++seed) {
                most += heaviest_[seed];
            }
            if (most > 0 && std::none_of(whole_.begin(), whole_.end(), [&](const GuideLine& line) {
                    return support(line, bin) >= kAsGood * most;
                })) {
                hits.insert(hits.end(),
                            hits_.begin() + static_cast<std::ptrdiff_t>(first_[bin.begin]),
                            hits_.begin() + static_cast<std::ptrdiff_t>(first_[bin.end]));
            }
        }
        return hits;
    }

    /// Follows a line through the whole query, and keeps it if it is one of the best there.
    void follow(const GuideLine& line) {
        const auto is_known = [&](const GuideLine& other) {
            return is_same(other, line);
        };
        if (line.speed == 0 || followed_.size() >= kMaxFollowed ||
            std::any_of(followed_.begin(), followed_.end(), is_known)) {
            return;
        }
        const auto index_of = [&](double time) {
            const auto at = std::lower_bound(
                times_.begin(), times_.end(), time,
                [](MediaTime seed, double wanted) { return seed.seconds() < wanted; });
            return static_cast<std::size_t>(at - times_.begin());
        };
        const std::size_t end = std::max<std::size_t>(index_of(line.query_end), 1);
        const std::size_t begin = std::min(index_of(line.query_begin), end - 1);
        const align::Line whole = support_.followed(line_of(line), begin, end);
        const double first = times_.front().seconds();
        GuideLine one{first, query_.end().seconds(), whole.at(first), whole.speed, 0};
        const auto is_found = [&](const GuideLine& other) {
            return is_same(other, one);
        };
        const bool is_new = std::none_of(followed_.begin(), followed_.end(), is_found);
        followed_.push_back(line);
        if (!is_new) {
            return;
        }
        one.weight = support(one, {0, times_.size()});
        followed_.push_back(one);
        whole_.push_back(one);
        std::sort(whole_.begin(), whole_.end(), is_heavier);
        while (whole_.size() > kMaxWholeLines ||
               whole_.back().weight < kShareOfBest * whole_.front().weight) {
            whole_.pop_back();
        }
    }

    /// What the seeds of a bin say for a line.
    [[nodiscard]] double support(const GuideLine& line, Bin bin) const {
        return support_.of(line_of(line), bin.begin, bin.end);
    }

    void choose(const std::vector<GuideLine>& open,
                Bin bin,
                Room room,
                std::vector<GuideLine>& chosen) const {
        std::vector<double> supports;
        supports.reserve(open.size());
        for (const GuideLine& line : open) {
            supports.push_back(support(line, bin));
        }
        const auto most = std::max_element(supports.begin(), supports.end());
        if (most == supports.end() || *most <= 0) {
            return;
        }
        auto taken = static_cast<std::size_t>(most - supports.begin());
        for (std::size_t i = 0; i < whole_.size(); ++i) {
            if (supports[i] >= kAsGood * *most) {
                taken = i;
                break;
            }
        }
        // What a whole line leaves out may be another line's: a short segment inside the bin.
        add(open[taken], room, chosen);
        for (std::size_t i = whole_.size(); i < open.size(); ++i) {
            if (i != taken && supports[i] > 0 && !is_same(open[i], open[taken]) &&
                is_beside(open[i], open[taken], bin)) {
                add(open[i], room, chosen);
            }
        }
    }

    /// Whether seeds of a bin that say nothing for `other` say something for `line`.
    [[nodiscard]] bool is_beside(const GuideLine& line, const GuideLine& other, Bin bin) const {
        for (std::size_t seed = bin.begin; seed < bin.end; ++seed) {
            if (support_.of(line_of(other), seed) <= 0 && support_.of(line_of(line), seed) > 0) {
                return true;
            }
        }
        return false;
    }

    /// Lets a line hold in a room, too.
    static void add(const GuideLine& line, Room room, std::vector<GuideLine>& chosen) {
        for (auto last = chosen.rbegin(); last != chosen.rend() && last - chosen.rbegin() < 8;
             ++last) {
            if (is_same(*last, line) && last->query_end >= room.from) {
                last->query_end = room.until;
                return;
            }
        }
        chosen.push_back({room.from, room.until, line.at(room.from), line.speed, line.weight});
    }

    const Query& query_;
    const KnownItem& item_;
    SeedSupport support_;
    const std::vector<MediaTime>& times_;  ///< of the seeds
    std::vector<align::TimeHit> hits_;     ///< by seed
    std::vector<std::size_t> first_;       ///< by seed: into `hits_`; one more
    std::vector<double> heaviest_;         ///< by seed: the weight of its heaviest hit
    std::vector<GuideLine> lines_;
    std::vector<GuideLine> followed_;  ///< as they were found, and what became of them
    std::vector<GuideLine> whole_;     ///< the heaviest first
};

}  // namespace

std::vector<GuideLine> guide_lines(const Query& query,
                                   const KnownItem& item,
                                   QueryView view,
                                   std::span<const SeedHit> hits) {
    return hits.empty() ? std::vector<GuideLine>() : LineFinder(query, item, view, hits).run();
}

}  // namespace refrain::evidence

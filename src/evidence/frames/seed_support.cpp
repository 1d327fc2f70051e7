#include "evidence/frames/seed_support.h"

#include <algorithm>
#include <cmath>

#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// How far a known frame may lie beside a line that it supports.
constexpr double kNear = 0.5;  // seconds
// A line at another speed than normal has to explain so much more of a whole query.
constexpr double kClearly = 1.02;
// How far a fit over all seeds may leave the speed that a stretch of it had.
constexpr double kOtherSpeed = 1.1;

}  // namespace

SeedSupport::SeedSupport(const Query& query, const KnownItem& item, QueryView view) : item_(item) {
    for (std::size_t i = 0; i < query.seeds().size(); ++i) {
        if (query.seeds()[i].view != view) {
            continue;
        }
        const MediaTime time = query.frames()[query.seeds()[i].frame].time;
        if (times_.empty() || times_.back() < time) {
            times_.push_back(time);
            first_.push_back(codes_.size());
        }
        codes_.push_back(query.seed_codes()[i]);
    }
    first_.push_back(codes_.size());
}

std::optional<SeedSupport::Found> SeedSupport::nearest(const align::Line& line,
                                                       std::size_t seed) const {
    const double wanted = line.at(times_[seed].seconds());
    auto frame = std::partition_point(
        item_.frames.begin(), item_.frames.end(),
        [&](const KnownFrame& known) { return known.end.seconds() < wanted - kNear; });
    int least = verdict::kMaxDistance + 1;
    std::size_t best = 0;
    for (; frame != item_.frames.end() && frame->begin.seconds() <= wanted + kNear; ++frame) {
        for (std::size_t code = first_[seed]; code < first_[seed + 1]; ++code) {
            const int distance = hamming_distance(codes_[code], frame->hash);
            if (distance < least) {
                least = distance;
                best = static_cast<std::size_t>(frame - item_.frames.begin());
            }
        }
    }
    if (least > verdict::kMaxDistance) {
        return std::nullopt;
    }
    return Found{best, verdict::rarity(least)};
}

double SeedSupport::of(const align::Line& line, std::size_t seed) const {
    const std::optional<Found> found = nearest(line, seed);
    return found ? found->rarity : 0;
}

double SeedSupport::of(const align::Line& line, std::size_t begin, std::size_t end) const {
    double sum = 0;
    for (std::size_t seed = begin; seed < end; ++seed) {
        sum += of(line, seed);
    }
    return sum;
}

align::Line SeedSupport::fitted(align::Line line,
                                std::size_t begin,
                                std::size_t end,
                                align::SpeedRange speeds) const {
    std::vector<align::FitPoint> points;
    for (;;) {
        points.clear();
        for (std::size_t seed = begin; seed < end; ++seed) {
            if (const std::optional<Found> found = nearest(line, seed)) {
                const KnownFrame& frame = item_.frames[found->frame];
                points.push_back({times_[seed].seconds(), frame.begin.seconds(),
                                  frame.end.seconds(), found->rarity});
            }
        }
        line = align::fit_line(points, line, speeds);
        if (begin == 0 && end == times_.size()) {
            return line;
        }
        const std::size_t reach = std::max<std::size_t>(end - begin, 1);
        begin -= std::min(begin, reach);
        end = std::min(end + reach, times_.size());
    }
}

align::Line SeedSupport::followed(const align::Line& line,
                                  std::size_t begin,
                                  std::size_t end) const {
    const double slow = line.speed / kOtherSpeed;
    const double fast = line.speed * kOtherSpeed;
    const align::Line other =
        fitted(line, begin, end, {std::min(slow, fast), std::max(slow, fast)});
    const double normal = line.speed < 0 ? -1 : 1;
    const double from = times_[begin].seconds();
    const align::Line plain = fitted({from, line.at(from), normal}, begin, end, {normal, normal});
    const std::size_t all = times_.size();
    return of(other, 0, all) > kClearly * of(plain, 0, all) ? other : plain;
}

}  // namespace refrain::evidence

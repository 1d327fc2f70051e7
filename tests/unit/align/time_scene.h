#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "align/time_segments.h"

namespace refrain::align {

/// Hits of a query of about a minute, made of a few excerpts, misses and strays; the seed decides
/// all of it.
class TimeScene {
  public:
    /// @param step  seconds between two frames of the query; 0: the seed decides this, too
    explicit TimeScene(std::uint64_t seed, double step = 0) : random_(seed) {
        step_ = one_of({0.25, 0.5, 1.0});
        step_ = step > 0 ? step : step_;
        span_ = one_of({0.1, 0.5, 2.0, 4.0});
        missing_ = one_of({0.0, 0.2, 0.4, 0.6, 0.8});
        strays_ = one_of({0.0, 0.3, 1.0, 3.0});
        jitter_ = one_of({0.0, 0.05, 0.15});
        const auto plays = 1 + random_() % 3;
        double time = real(0, 10);
        for (std::uint64_t i = 0; i < plays; ++i) {
            const double length = one_of({2.0, 5.0, 10.0, 20.0});
            // One draw a statement: C++ leaves the order of a function's arguments open.
            const double speed =
                one_of({1.0, 1.0, 1.0, 1.02, 1.05, 1.1, 1.25, 0.8, -1.0, -1.1, 0.0});
            const double known = real(40, 100);
            play(time, std::min(time + length, kQuerySeconds), known, speed);
            time += length + one_of({0.0, 0.0, 1.0, 4.0});
        }
        add_strays();
    }

    [[nodiscard]] std::span<const TimeHit> hits() const { return hits_; }

    /// The segments in one line: query span, known span, speed and hits of each.
    [[nodiscard]] std::string segments(const TimeRules& rules) const {
        TimeOptions options;
        options.query_duration = at(kQuerySeconds);
        options.reference_duration = at(kKnownSeconds);
        options.min_weight = 25;  // lone hits are left out
        std::string text;
        for (const TimeSegment& segment : find_time_segments(hits_, options, rules)) {
            std::array<char, 100> one{};
            std::snprintf(one.data(), one.size(), "%s%.1f-%.1f=%.1f-%.1f x%.2f n%zu",
                          text.empty() ? "" : "; ", segment.query.begin.seconds(),
                          segment.query.end.seconds(), segment.reference.begin.seconds(),
                          segment.reference.end.seconds(), segment.speed, segment.hits.size());
            text += one.data();
        }
        return text;
    }

  private:
    static constexpr double kQuerySeconds = 60;
    static constexpr double kKnownSeconds = 150;

    static MediaTime at(double seconds) { return MediaTime::from_us(std::llround(seconds * 1e6)); }
    double real(double low, double high) {
        return low + (high - low) * static_cast<double>(random_() >> 11U) / 9007199254740992.0;
    }
    template <std::size_t kCount>
    double one_of(const double (&values)[kCount]) {
        return values[random_() % kCount];
    }
    void hit(double time, double known, double weight) {
        const auto frame = static_cast<std::uint32_t>(std::lround(time / step_));
        hits_.push_back({frame, at(time), at(std::min(time + step_, kQuerySeconds)),
                         at(std::max(time - step_, 0.0)), at(known), at(known + span_), weight});
    }
    void play(double from, double to, double known, double speed) {
        for (double frame = std::ceil(from / step_); frame * step_ < to; ++frame) {
            if (real(0, 1) >= missing_) {
                const double shown =
                    known + speed * (frame * step_ - from) + real(-jitter_, jitter_);
                hit(frame * step_, std::floor(shown / span_) * span_, real(10, 20));
            }
        }
    }
    void add_strays() {
        for (double frame = 0; frame * step_ < kQuerySeconds; ++frame) {
            for (double left = strays_; left > 0; --left) {
                if (real(0, 1) < left) {
                    const double weight = real(6, 14);
                    hit(frame * step_, real(0, kKnownSeconds - span_), weight);
                }
            }
        }
    }

    std::mt19937_64 random_;
    std::vector<TimeHit> hits_;
    double step_ = 0;
    double span_ = 0;
    double missing_ = 0;
    double strays_ = 0;
    double jitter_ = 0;
};

}  // namespace refrain::align

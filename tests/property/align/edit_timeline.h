#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "align/time_segments.h"

namespace refrain::test {

/// Draws from a fixed engine in a fixed way: distributions of the standard library differ.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    double between(double low, double high) {
        return low + (high - low) * static_cast<double>(engine_() >> 11U) * 0x1p-53;
    }
    bool chance(double probability) { return between(0, 1) < probability; }
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
    std::mt19937_64& engine() { return engine_; }

  private:
    std::mt19937_64 engine_;
};

/// A stored frame of the synthetic known video. Equal pictures look alike.
struct StoredSpan {
    double begin = 0;
    double end = 0;
    std::uint64_t picture = 0;
};

/// A known video of shots: moving, static (stored again every two seconds) or repeated.
inline std::vector<StoredSpan> make_known_video(Dice& dice, double duration) {
    std::vector<std::vector<StoredSpan>> shots;
    std::vector<StoredSpan> video;
    std::uint64_t next_picture = 1;
    double begin = 0;
    while (begin < duration) {
        std::vector<StoredSpan> shot;
        if (!shots.empty() && dice.chance(0.15)) {
            shot = shots[dice.below(shots.size())];
        } else {
            const bool is_static = dice.chance(0.2);
            const double length = dice.between(1.5, 8);
            ++next_picture;
            for (double t = 0; t < length;) {
                next_picture += is_static ? 0 : 1;
                const double step = is_static ? 2.0 : dice.between(0.2, 1.2);
                shot.push_back({t, std::min(t + step, length), next_picture});
                t += step;
            }
        }
        shots.push_back(shot);
        for (const StoredSpan& span : shot) {
            video.push_back({begin + span.begin, begin + span.end, span.picture});
        }
        begin = video.back().end;
    }
    return video;
}

/// A stretch of the query. A speed of 0 is a freeze; a negative begin in the known video: foreign.
struct EditPart {
    double query_begin = 0;
    double query_end = 0;
    double known_begin = 0;  ///< known time at query_begin
    double speed = 1;

    [[nodiscard]] bool is_foreign() const { return known_begin < 0; }
    [[nodiscard]] double known_at(double query) const {
        return known_begin + speed * (query - query_begin);
    }
};

struct SamplingOptions {
    double frames_per_second = 2;
    double jitter = 0.04;       ///< seconds, of what a sampled frame shows and of its spacing
    double dropout = 0.2;       ///< share of right frames that match nothing
    double strays = 1;          ///< mean wrong hits per frame
    double stray_weight = 0.8;  ///< heaviest stray, against right hits of 0.7 to 1
};

/// Samples the query at irregular times and looks each frame up.
inline std::vector<align::TimeHit> sample_hits(Dice& dice,
                                               const std::vector<StoredSpan>& known,
                                               const std::vector<EditPart>& parts,
                                               const SamplingOptions& options) {
    std::vector<double> times{0};
    const double duration = parts.back().query_end;
    while (times.back() < duration) {
        times.push_back(times.back() + (1 + dice.between(-0.3, 0.3)) / options.frames_per_second);
    }
    times.back() = duration;
    const auto to_time = [](double s) {
        return MediaTime::from_us(std::llround(s * 1e6));
    };
    std::vector<align::TimeHit> hits;
    for (std::uint32_t f = 0; f + 1 < times.size(); ++f) {
        const auto add = [&](const StoredSpan& span, double weight) {
            // Re-encoding moves the moment at which the picture has changed enough.
            const double shift = dice.between(-options.jitter, options.jitter);
            hits.push_back({f, to_time(times[f]), to_time(times[f + 1]),
                            f > 0 ? to_time(times[f - 1]) : MediaTime{},
                            to_time(std::max(span.begin + shift, 0.0)), to_time(span.end + shift),
                            weight});
        };
        const auto part = std::find_if(parts.begin(), parts.end(), [&](const EditPart& candidate) {
            return times[f] < candidate.query_end;
        });
        if (!part->is_foreign() && !dice.chance(options.dropout)) {
            const double shown =
                part->known_at(times[f]) + dice.between(-options.jitter, options.jitter);
            std::uint64_t picture = 0;
            for (const StoredSpan& span : known) {
                picture = span.begin <= shown && shown < span.end ? span.picture : picture;
            }
            const double weight = dice.between(0.7, 1);
            for (const StoredSpan& span : known) {
                if (span.picture == picture) {
                    add(span, weight);
                } else if (span.picture + 1 == picture && dice.chance(0.3)) {
                    add(span, weight * 0.7);
                }
            }
        }
        for (double left = options.strays; left > 0; left -= 1) {
            if (dice.chance(std::min(left, 1.0))) {
                add(known[dice.below(known.size())], dice.between(0.4, options.stray_weight));
            }
        }
    }
    return hits;
}

/// Cuts, speeds, reversal, freezes and foreign spans, in random order.
inline std::vector<EditPart> make_edit(Dice& dice, double known_duration, std::size_t count) {
    constexpr double kSpeeds[] = {1, 1, 1, 1, 0.5, 0.8, 1.25, 1.5, 2, -1, -0.8, -1.5};
    std::vector<EditPart> parts;
    double at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        EditPart part;
        part.query_begin = at;
        part.query_end = at + dice.between(6, 20);
        if (dice.chance(0.25)) {
            part.known_begin = -1;
            part.query_end = at + dice.between(2, 12);
        } else {
            part.speed = kSpeeds[dice.below(std::size(kSpeeds))];
            const double length = std::abs(part.speed) * (part.query_end - at);
            const double low = dice.between(0, known_duration - length);
            part.known_begin = part.speed > 0 ? low : low + length;
        }
        parts.push_back(part);
        at = part.query_end;
        if (!part.is_foreign() && dice.chance(0.15)) {
            const double held = part.known_at(at);
            parts.push_back({at, at + 2, held, 0});
            parts.push_back({at + 2, at + 10, std::min(held, known_duration - 8), 1});
            at += 10;
        }
    }
    return parts;
}

/// Length of the common part over the length of the union, of two spans in seconds.
inline double overlap(double a_begin, double a_end, double b_begin, double b_end) {
    const double common = std::min(a_end, b_end) - std::max(a_begin, b_begin);
    const double all = std::max(a_end, b_end) - std::min(a_begin, b_begin);
    return all > 0 ? std::max(common, 0.0) / all : 0;
}

}  // namespace refrain::test

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

#include "refrain/fingerprint.h"

#include "local/local_features.h"
#include "support/random_hash.h"

/// Fingerprints without media: points at random places with random codes, and edited copies.
namespace refrain::test {

inline constexpr int kWidth = 512;
inline constexpr int kHeight = 384;

using Random = std::mt19937_64;

inline double in_range(Random& random, double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11U) / 9007199254740992.0;
}

inline LocalPoint point_at(double x, double y, double scale, double angle, const Hash256& code) {
    LocalPoint point;
    point.x = static_cast<std::uint16_t>(std::lround(x * LocalPoint::kPositionUnits));
    point.y = static_cast<std::uint16_t>(std::lround(y * LocalPoint::kPositionUnits));
    point.scale = static_cast<std::uint8_t>(
        std::clamp(std::lround(std::log2(scale) * LocalPoint::kScaleUnits), 0L, 255L));
    const double turns = angle / (2 * std::numbers::pi);
    const double part = turns - std::floor(turns);
    point.angle = static_cast<std::uint8_t>(std::lround(part * LocalPoint::kAngleUnits) %
                                            LocalPoint::kAngleUnits);
    point.code = code;
    return point;
}

inline LocalFrame scattered(Random& random, MediaTime time, int points) {
    LocalFrame frame;
    frame.time = time;
    frame.width = kWidth;
    frame.height = kHeight;
    for (int i = 0; i < points; ++i) {
        frame.points.push_back(point_at(in_range(random, 0, kWidth), in_range(random, 0, kHeight),
                                        std::exp2(in_range(random, 0.5, 2)),
                                        in_range(random, 0, 2 * std::numbers::pi),
                                        random_hash(random)));
    }
    return frame;
}

/// A medium of which only local features are usable; `seed` decides bytes and pictures.
inline Fingerprint made_up(std::uint64_t seed, MediaKind kind, int frames, int points = 300) {
    Random random(seed);
    Fingerprint fingerprint;
    fingerprint.media.kind = kind;
    fingerprint.media.width = kWidth;
    fingerprint.media.height = kHeight;
    fingerprint.media.digest.bytes = seed;
    for (std::uint8_t& byte : fingerprint.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    for (int i = 0; i < frames; ++i) {
        const MediaTime time = MediaTime::from_seconds(2 * i);
        fingerprint.frames.push_back({time, random_hash(random), 90, i == 0});
        fingerprint.shots.push_back(time);
        fingerprint.local.push_back(scattered(random, time, points));
    }
    fingerprint.decode.decoded_frames = static_cast<std::uint64_t>(frames);
    if (kind == MediaKind::kVideo) {
        fingerprint.media.duration = MediaTime::from_seconds(2 * frames);
        fingerprint.decode.decoded_until = fingerprint.media.duration;
    } else {
        fingerprint.shots.clear();
    }
    return fingerprint;
}

struct Edit {
    double scale = 0.7;
    double turn_deg = 0;
    double x = 60;
    double y = 40;
    bool is_mirrored = false;
};

/// The frame as it comes to lie in another picture: some points are lost, others appear.
inline LocalFrame edited(const LocalFrame& frame, const Edit& edit, Random& random) {
    LocalFrame out = scattered(random, frame.time, 250);
    const double turn = edit.turn_deg * std::numbers::pi / 180;
    for (const LocalPoint& point : frame.points) {
        double x = point.x / double{LocalPoint::kPositionUnits};
        const double y = point.y / double{LocalPoint::kPositionUnits};
        double angle = point.angle * 2 * std::numbers::pi / LocalPoint::kAngleUnits;
        Hash256 code = with_flipped_bits(point.code, 25, random);
        if (edit.is_mirrored) {
            x = kWidth - x;
            angle = std::numbers::pi - angle;
            code = local::mirrored(code);
        }
        const double u = edit.x + edit.scale * (std::cos(turn) * x - std::sin(turn) * y);
        const double v = edit.y + edit.scale * (std::sin(turn) * x + std::cos(turn) * y);
        const double scale = std::exp2(point.scale / double{LocalPoint::kScaleUnits}) * edit.scale;
        const bool is_lost = random() % 100 < 40;
        if (!is_lost && u >= 0 && v >= 0 && u < kWidth && v < kHeight) {
            out.points.push_back(point_at(u, v, scale, angle + turn, code));
        }
    }
    return out;
}

inline Fingerprint picture_of(const LocalFrame& frame, const Edit& edit, std::uint64_t seed) {
    Fingerprint query = made_up(seed, MediaKind::kImage, 1);
    Random random(seed + 1);
    query.local[0] = edited(frame, edit, random);
    query.local[0].time = MediaTime{};
    return query;
}

}  // namespace refrain::test

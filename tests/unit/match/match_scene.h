#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "match/item_evidence.h"
#include "support/random_hash.h"

namespace refrain::match {

inline MediaTime at(double seconds) { return MediaTime::from_us(std::llround(seconds * 1e6)); }

/// A film with two frames a second, each of another picture, and a known item; what the query shows
/// of this is added by hand.
struct Scene {
    explicit Scene(std::size_t frames, MediaKind known = MediaKind::kVideo) {
        std::mt19937_64 random(11);
        film.media.kind = MediaKind::kVideo;
        film.media.duration = at(0.5 * static_cast<double>(frames));
        for (std::size_t i = 0; i < frames; ++i) {
            FrameHash frame;
            frame.time = at(0.5 * static_cast<double>(i));
            frame.hash = test::random_hash(random);
            frame.quality = 90;
            film.frames.push_back(frame);
        }
        item.kind = known;
        item.duration = known == MediaKind::kVideo ? at(1000) : MediaTime{};
    }

    /// A frame of the query looks like what the item shows at `known`, for half a second.
    void like(std::uint32_t frame, double known, int distance = 10) {
        likenesses.push_back({frame, {at(known), at(known + 0.5)}, distance, 90, 1});
    }
    evidence::PlacedFrame& place(std::uint32_t frame, double score, double known = 0) {
        evidence::PlacedFrame placed;
        placed.query = frame;
        placed.score = score;
        placed.query_time = {at(0.5 * frame), at(0.5 * frame + 0.5)};
        placed.query_size = {512, 384};
        placed.known_time = at(known);
        placed.known = {at(known), at(known + 0.5)};
        placed.placement.scale = 1;
        placed.judgement.evidence = 20;
        places.push_back(placed);
        return places.back();
    }
    template <typename Use>
    auto with(const MatchRules& rules, const Use& use, double comparisons = 1) const {
        const evidence::Query query(film);
        const LookUpContext context{query, comparisons, 1, false, false, rules};
        return use(Aspect{&context, &item, {}, &likenesses, &places});
    }

    Fingerprint film;
    evidence::KnownItem item;
    std::vector<evidence::Likeness> likenesses;
    std::vector<evidence::PlacedFrame> places;
};

}  // namespace refrain::match

#pragma once

#include <cstddef>
#include <span>

#include "refrain/fingerprint.h"

#include "evidence/known_item.h"

namespace refrain::evidence {

/// What it costs to take an item over from its record into an index, in units of what one code of
/// a frame costs, some 0.5 us.
struct ItemWork {
    std::size_t frames = 0;  ///< into the index of whole frames
    std::size_t local = 0;   ///< into that of local features
};

/// Reading a row and its record.
inline constexpr std::size_t kWorkOfAnItem = 80;

/// The whole record is decoded for either index; each local code then needs its word.
[[nodiscard]] inline ItemWork work_of(std::size_t frames, std::span<const LocalFrame> local) {
    constexpr std::size_t kWorkOfAWord = 2;
    std::size_t points = 0;
    for (const LocalFrame& frame : local) {
        points += frame.points.size();
    }
    const std::size_t read = kWorkOfAnItem + frames + points;
    return {read, read + kWorkOfAWord * points};
}

[[nodiscard]] inline ItemWork work_of(const KnownItem& item) {
    ItemWork work;
    each_part(item, [&](const KnownItem& part) {
        const ItemWork own = work_of(part.frames.size(), part.local);
        work.frames += own.frames;
        work.local += own.local;
    });
    return work;
}

[[nodiscard]] inline ItemWork work_of(const Fingerprint& fingerprint) {
    ItemWork work = work_of(fingerprint.frames.size(), fingerprint.local);
    for (const Fingerprint& part : fingerprint.more_parts) {
        const ItemWork own = work_of(part.frames.size(), part.local);
        work.frames += own.frames;
        work.local += own.local;
    }
    return work;
}

}  // namespace refrain::evidence

#include "evidence/query.h"

#include <algorithm>

#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// An excerpt of three seconds is asked for six times, each view of it three times.
constexpr MediaTime kUprightGap = MediaTime::from_ms(500);
constexpr MediaTime kViewsGap = MediaTime::from_ms(1000);
// A picture that has changed by this much since the last seed is worth one at once.
constexpr int kSeedChangeBits = 40;

}  // namespace

bool has_several_parts(const Fingerprint& fingerprint) {
    return std::any_of(
        fingerprint.more_parts.begin(), fingerprint.more_parts.end(),
        [&](const Fingerprint& part) { return part.part.index != fingerprint.part.index; });
}

std::optional<Fingerprint> exact_side(const Fingerprint& part) {
    if (part.exact.empty()) {
        return std::nullopt;
    }
    Fingerprint side;
    side.media = part.media;
    side.codes = CodeKind::kExactPdq;
    side.frames = part.frames;
    for (std::size_t i = 0; i < part.exact.size(); ++i) {
        side.frames[i].hash = part.exact[i].views[0];
        side.frames[i].quality = part.exact[i].quality;
        side.views.push_back(part.exact[i].views);
    }
    side.decode = part.decode;
    side.part = part.part;
    return side;
}

MediaTime end_of_frame(std::span<const FrameHash> frames, std::size_t index, MediaTime duration) {
    const MediaTime time = frames[index].time;
    for (std::size_t next = index + 1; next < frames.size(); ++next) {
        if (frames[next].time > time) {
            return frames[next].time;
        }
    }
    return std::max(duration, time);
}

Query::Query(const Fingerprint& fingerprint) : fingerprint_(fingerprint) {
    const std::vector<FrameHash>& all = fingerprint.frames;
    std::uint32_t instant = 0;
    MediaTime previous;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        if (i > 0 && all[i].time > all[i - 1].time) {
            ++instant;
            previous = all[i - 1].time;
        }
        if (i == 0 || all[i].time > all[i - 1].time) {
            instants_.push_back(all[i].time);
        }
        if (all[i].quality >= verdict::kLeastSearchedQuality) {
            frames_.push_back({i, instant, all[i].time,
                               end_of_frame(all, i, fingerprint.media.duration), previous,
                               all[i].quality});
            add_seeds(static_cast<std::uint32_t>(frames_.size() - 1));
        }
    }
}

Hash256 Query::code(std::size_t frame, QueryView view) const {
    const std::uint32_t ordinal = frames_[frame].ordinal;
    const Hash256& code =
        fingerprint_.views.empty()
            ? fingerprint_.frames[ordinal].hash
            : fingerprint_.views[ordinal][static_cast<std::size_t>(view.dihedral.view())];
    return view.is_negative ? complement(code) : code;
}

void Query::add_seed(std::uint32_t frame, QueryView view) {
    seeds_.push_back({frame, view});
    seed_codes_.push_back(code(frame, view));
}

void Query::add_seeds(std::uint32_t frame) {
    const bool is_inside = fingerprint_.frames[frames_[frame].ordinal].is_inside_borders;
    LastSeed& last = is_inside ? last_inside_ : last_whole_;
    const MediaTime time = frames_[frame].time;
    const Hash256 upright = code(frame, QueryView{});
    const bool has_changed =
        !last.is_there || hamming_distance(last.code, upright) >= kSeedChangeBits;
    if (!has_changed && time - last.upright_at < kUprightGap) {
        return;
    }
    const bool wants_views =
        !fingerprint_.views.empty() && (!last.is_there || time - last.views_at >= kViewsGap);
    add_seed(frame, QueryView{});
    if (wants_views) {
        for (const frame::Dihedral& way : std::span(frame::kDihedrals).subspan(1)) {
            add_seed(frame, {way, false});
        }
        for (const bool is_mirrored : {false, true}) {
            add_seed(frame, plain_view(is_mirrored, true));
        }
    }
    last.upright_at = time;
    last.code = upright;
    last.is_there = true;
    if (wants_views) {
        last.views_at = time;
    }
}

}  // namespace refrain::evidence

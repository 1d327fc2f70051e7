#include "evidence/local/look_probe.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "evidence/local/local_votes.h"
#include "evidence/local/vote_ranking.h"

namespace refrain::evidence {

namespace {

// Two hits are enough of a film, since its frames are added up, and where few lists are looked
// through.
constexpr std::size_t kFewestPairs = 2;

/// Whether an item has more votes than chance gives, in one look.
bool promises(std::vector<VotedPicture> voted,
              bool is_image,
              bool is_negative,
              const LookRules& rules) {
    if (is_image) {
        return std::any_of(voted.begin(), voted.end(), [&rules](const VotedPicture& picture) {
            return picture.votes >= rules.picture_votes;
        });
    }
    keep_mutual(voted);
    const std::vector<RankedGroup> ranked = rank_items(voted, is_negative);
    return !ranked.empty() && ranked.front().votes >= rules.film_votes;
}

/// How a probe asks.
struct Asking {
    std::size_t points = 0;  ///< of a frame, at most
    VoteOptions votes;
};

Asking asking(const LocalChannel& channel, bool is_image, const LookRules& rules) {
    Asking asked{rules.points, {}};
    if (!is_image) {
        asked.votes.lists =
            channel.codes() < rules.few_codes ? LocalChannel::kLists : rules.film_lists;
        asked.votes.fewest_pairs = kFewestPairs;
    } else if (channel.codes() >= rules.many_codes) {
        asked.points = rules.points_of_many;
        asked.votes.by_signature = true;
        asked.votes.lists = rules.lists_of_many;
        asked.votes.fewest_pairs = kFewestPairs;
    }
    return asked;
}

/// The frames in each of the looks, one look after the other.
Fingerprint probe_of(const Fingerprint& query,
                     std::span<const OtherLook> looks,
                     std::span<const std::uint32_t> frames,
                     double finest,
                     std::size_t points) {
    Fingerprint probe;
    probe.media = query.media;
    probe.local.reserve(looks.size() * frames.size());
    for (const OtherLook& look : looks) {
        for (const std::uint32_t f : frames) {
            probe.local.push_back(seen_as(query.local[f], look, finest, points));
        }
    }
    return probe;
}

}  // namespace

std::vector<std::uint32_t> some_of(std::span<const std::uint32_t> all, std::size_t most) {
    const std::size_t count = std::min(all.size(), most);
    std::vector<std::uint32_t> frames(count);
    for (std::size_t i = 0; i < count; ++i) {
        frames[i] = all[(2 * i + 1) * all.size() / (2 * count)];
    }
    return frames;
}

Fingerprint seen_otherwise(const Fingerprint& query,
                           const OtherLook& look,
                           std::span<const std::uint32_t> frames,
                           double finest,
                           std::size_t most) {
    Fingerprint other;
    other.media = query.media;
    other.local.resize(query.local.size());
    for (std::size_t i = 0; i < other.local.size(); ++i) {
        other.local[i].time = query.local[i].time;
    }
    for (const std::uint32_t f : frames) {
        other.local[f] = seen_as(query.local[f], look, finest, most);
    }
    return other;
}

Result<std::vector<OtherLook>> promising_looks(const LocalChannel& channel,
                                               const Fingerprint& query,
                                               std::span<const OtherLook> looks,
                                               std::span<const std::uint32_t> frames,
                                               const std::stop_token& stop,
                                               const LookRules& rules) {
    const bool is_image = query.media.kind == MediaKind::kImage;
    const std::vector<std::uint32_t> probed = some_of(frames, rules.probed_frames);
    const Asking asked = asking(channel, is_image, rules);
    const Fingerprint probe = probe_of(query, looks, probed, rules.finest, asked.points);
    std::vector<std::uint32_t> all(probe.local.size());
    std::iota(all.begin(), all.end(), 0U);
    Result<std::vector<VotedPicture>> voted =
        vote_for_pictures(channel, probe, all, stop, asked.votes);
    if (!voted) {
        return voted.error();
    }
    std::vector<std::vector<VotedPicture>> of_look(looks.size());
    for (VotedPicture& picture : *voted) {
        of_look[picture.query_frame / probed.size()].push_back(std::move(picture));
    }
    std::vector<OtherLook> promising;
    for (std::size_t i = 0; i < looks.size(); ++i) {
        if (promises(std::move(of_look[i]), is_image, looks[i].is_negative, rules)) {
            promising.push_back(looks[i]);
        }
    }
    return promising;
}

}  // namespace refrain::evidence

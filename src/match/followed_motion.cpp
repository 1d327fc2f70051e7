#include "match/followed_motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace refrain::match {

namespace {

struct FramePair {
    Hash256 query;
    Hash256 known;
};

/// Where in the known film a run puts a time of the query.
MediaTime known_time(const align::TimeSegment& run, MediaTime time) {
    const double into = static_cast<double>((time - run.query.begin).us) * std::abs(run.speed);
    const auto shift = MediaTime::from_us(std::llround(into));
    return run.speed < 0 ? run.reference.end - shift : run.reference.begin + shift;
}

/// The code of the known frame around a time that is likest.
std::optional<Hash256> likest_around(const evidence::KnownItem& item,
                                     MediaTime time,
                                     const Hash256& code,
                                     MediaTime tolerance) {
    auto frame = std::lower_bound(
        item.frames.begin(), item.frames.end(), time - tolerance,
        [](const evidence::KnownFrame& one, MediaTime at) { return one.end < at; });
    std::optional<Hash256> likest;
    int least = Hash256::kBits + 1;
    for (; frame != item.frames.end() && frame->begin <= time + tolerance; ++frame) {
        const int distance = hamming_distance(frame->hash, code);
        if (distance < least) {
            least = distance;
            likest = frame->hash;
        }
    }
    return likest;
}

bool is_within(MediaTime time, const TimeSpan& span) {
    return span.begin <= time && time < span.end;
}

/// A frame of the query inside a run.
struct ComparedFrame {
    std::size_t frame = 0;
    const align::TimeSegment* run = nullptr;
};

/// Those that are compared, evenly chosen.
std::vector<ComparedFrame> compared_frames(const evidence::Query& query,
                                           std::span<const align::TimeSegment* const> runs,
                                           const MatchRules& rules) {
    std::vector<ComparedFrame> inside;
    for (std::size_t i = 0; i < query.frames().size(); ++i) {
        const MediaTime time = query.frames()[i].time;
        const auto run = std::find_if(runs.begin(), runs.end(),
                                      [&](const auto* one) { return is_within(time, one->query); });
        if (run != runs.end()) {
            inside.push_back({i, *run});
        }
    }
    std::vector<ComparedFrame> chosen(std::min(inside.size(), rules.most_motion_frames));
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        chosen[i] = inside[i * inside.size() / chosen.size()];
    }
    return chosen;
}

double mean_distance(const std::vector<FramePair>& pairs) {
    double sum = 0;
    for (const FramePair& pair : pairs) {
        sum += hamming_distance(pair.query, pair.known);
    }
    return sum / static_cast<double>(std::max<std::size_t>(1, pairs.size()));
}

/// The pairs of all runs that show the same ground; of all runs where none does.
std::vector<FramePair> pairs_of(const evidence::Query& query,
                                evidence::QueryView view,
                                const evidence::KnownItem& item,
                                std::span<const align::TimeSegment* const> runs,
                                const MatchRules& rules) {
    std::map<const align::TimeSegment*, std::vector<FramePair>>
        of_run;  // their order tells nothing
    for (const ComparedFrame& one : compared_frames(query, runs, rules)) {
        const Hash256 code = query.code(one.frame, view);
        const MediaTime time = known_time(*one.run, query.frames()[one.frame].time);
        if (const auto known = likest_around(item, time, code, rules.same_time)) {
            of_run[one.run].push_back({code, *known});
        }
    }
    std::vector<FramePair> near;
    std::vector<FramePair> all;
    for (const auto& [run, pairs] : of_run) {
        all.insert(all.end(), pairs.begin(), pairs.end());
        if (mean_distance(pairs) <= rules.same_ground) {
            near.insert(near.end(), pairs.begin(), pairs.end());
        }
    }
    return near.empty() ? all : near;
}

}  // namespace

FollowedMotion followed_motion(const evidence::Query& query,
                               evidence::QueryView view,
                               const evidence::KnownItem& item,
                               std::span<const align::TimeSegment* const> runs,
                               const MatchRules& rules) {
    FollowedMotion motion;
    if (query.is_image() || item.kind == MediaKind::kImage) {
        return motion;
    }
    const std::vector<FramePair> pairs = pairs_of(query, view, item, runs, rules);
    std::array<int, Hash256::kBits> in_query{};
    std::array<int, Hash256::kBits> in_known{};
    std::array<int, Hash256::kBits> in_both{};
    for (const FramePair& pair : pairs) {
        const int distance = hamming_distance(pair.query, pair.known);
        motion.nearest = std::min(motion.nearest, distance);
        for (std::size_t bit = 0; bit < in_query.size(); ++bit) {
            const bool is_in_query = pair.query.bit(static_cast<int>(bit));
            const bool is_in_known = pair.known.bit(static_cast<int>(bit));
            in_query[bit] += is_in_query ? 1 : 0;
            in_known[bit] += is_in_known ? 1 : 0;
            in_both[bit] += is_in_query && is_in_known ? 1 : 0;
        }
    }
    motion.frames = static_cast<int>(pairs.size());
    const double all = std::max(1, motion.frames);
    motion.distance = mean_distance(pairs);
    double together = 0;
    for (std::size_t bit = 0; bit < in_query.size(); ++bit) {
        const double share = in_known[bit] / all;
        motion.known += share * (1 - share);
        together += in_both[bit] / all - share * in_query[bit] / all;
    }
    motion.followed = motion.known > 0 ? together / motion.known : 0;
    return motion;
}

bool moves_otherwise(const FollowedMotion& motion, const MatchRules& rules) {
    return motion.frames >= rules.fewest_motion_frames && motion.known >= rules.known_motion &&
           motion.nearest > rules.score.same_frame && motion.distance <= rules.same_ground &&
           motion.followed < rules.followed;
}

}  // namespace refrain::match

#include "evidence/related_media.h"

#include <algorithm>
#include <vector>

#include "local/local_features.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// Share of the time of the shorter film in which the other one looks like it.
constexpr double kSameFilm = 0.5;
// What a frame is shown for at least, seconds; that of a picture lasts no time.
constexpr double kLeastShown = 1e-3;
// Codes of look-alikes lie further apart than this; docs/decisions/0070-copies-and-look-alikes.md.
constexpr int kSamePicture = 20;
// With fewer points a picture is a card that many have, not something to be told apart.
constexpr std::size_t kDetail = 30;
// Crops and mirrored copies of a film are told by their points, in so many pictures, evenly chosen.
constexpr std::size_t kAskedPictures = 8;
constexpr std::size_t kKnownPictures = 64;
constexpr std::size_t kLeastPictures = 3;
constexpr std::size_t kAskedPoints = 24;
// Bits between codes of the same corner, and the share of points that have such a one.
constexpr int kSamePoint = 40;
constexpr double kShownPoints = 0.2;

struct TimedCode {
    Hash256 code;
    double seconds = 1;  ///< for which it is shown
};

/// So many codes of an item at most, evenly chosen.
std::vector<TimedCode> codes_of(const KnownItem& item, std::size_t most) {
    std::vector<TimedCode> all;
    each_part(item, [&](const KnownItem& part) {
        for (const KnownFrame& frame : part.frames) {
            const double seconds = static_cast<double>(frame.end.us - frame.begin.us) / 1e6;
            all.push_back({frame.hash, std::max(seconds, kLeastShown)});
        }
    });
    if (all.size() <= most) {
        return all;
    }
    std::vector<TimedCode> chosen;
    chosen.reserve(most);
    for (std::size_t i = 0; i < most; ++i) {
        chosen.push_back(all[i * all.size() / most]);
    }
    return chosen;
}

double seconds_of(const KnownItem& item) {
    double seconds = 0;
    for (const TimedCode& one : codes_of(item, RelatedMedia::kCompared)) {
        seconds += one.seconds;
    }
    return seconds;
}

bool has_detail(const KnownItem& item) {
    return std::any_of(item.local.begin(), item.local.end(),
                       [](const LocalFrame& frame) { return frame.points.size() >= kDetail; });
}

/// Share of the time of the shorter item in which it looks like a frame of the other.
double shared_time(const KnownItem& a, const KnownItem& b, int distance) {
    const bool is_shorter = seconds_of(a) <= seconds_of(b);
    const std::vector<TimedCode> asked = codes_of(is_shorter ? a : b, RelatedMedia::kSampled);
    const std::vector<TimedCode> known = codes_of(is_shorter ? b : a, RelatedMedia::kCompared);
    double all = 0;
    double found = 0;
    for (const TimedCode& one : asked) {
        all += one.seconds;
        if (std::any_of(known.begin(), known.end(), [&](const TimedCode& other) {
                return hamming_distance(one.code, other.code) <= distance;
            })) {
            found += one.seconds;
        }
    }
    return all > 0 ? found / all : 0;
}

/// So many pictures of an item at most, evenly chosen among those with detail.
std::vector<const LocalFrame*> pictures_of(const KnownItem& item, std::size_t most) {
    std::vector<const LocalFrame*> all;
    each_part(item, [&](const KnownItem& part) {
        for (const LocalFrame& frame : part.local) {
            if (frame.points.size() >= kDetail) {
                all.push_back(&frame);
            }
        }
    });
    std::vector<const LocalFrame*> chosen;
    for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
        chosen.push_back(all[i * all.size() / std::min(most, all.size())]);
    }
    return chosen;
}

/// Whether one of these pictures has a point like that one, mirrored or not.
bool has_point(const std::vector<const LocalFrame*>& pictures, const Hash256& code) {
    const Hash256 mirror = local::mirrored(code);
    const auto is_like = [&](const LocalPoint& point) {
        return hamming_distance(code, point.code) <= kSamePoint ||
               hamming_distance(mirror, point.code) <= kSamePoint;
    };
    return std::any_of(pictures.begin(), pictures.end(), [&](const LocalFrame* picture) {
        return std::any_of(picture->points.begin(), picture->points.end(), is_like);
    });
}

/// Whether enough of a picture's points are seen in the others.
bool is_shown_in(const LocalFrame& picture, const std::vector<const LocalFrame*>& others) {
    const std::size_t asked = std::min(kAskedPoints, picture.points.size());
    std::size_t found = 0;
    for (std::size_t i = 0; i < asked; ++i) {
        const std::size_t at = i * picture.points.size() / asked;
        found += has_point(others, picture.points[at].code) ? 1U : 0U;
    }
    return static_cast<double>(found) >= kShownPoints * static_cast<double>(asked);
}

/// Whether half of the shorter film's pictures are seen in the other by their points: crops and
/// mirrored copies of one film, whose whole frames lie far apart.
bool share_points_throughout(const KnownItem& a, const KnownItem& b) {
    const bool is_shorter = picture_count(a) <= picture_count(b);
    const auto asked = pictures_of(is_shorter ? a : b, kAskedPictures);
    const auto known = pictures_of(is_shorter ? b : a, kKnownPictures);
    const auto shown = std::count_if(asked.begin(), asked.end(), [&](const LocalFrame* picture) {
        return is_shown_in(*picture, known);
    });
    return asked.size() >= kLeastPictures &&
           static_cast<double>(shown) >= kSameFilm * static_cast<double>(asked.size());
}

bool show_the_same(const KnownItem& a, const KnownItem& b) {
    if (a.sha256 == b.sha256) {
        return true;
    }
    if (a.codes != b.codes) {
        return false;
    }
    if (a.kind == MediaKind::kVideo && b.kind == MediaKind::kVideo) {
        return shared_time(a, b, verdict::kMaxDistance) >= kSameFilm ||
               share_points_throughout(a, b);
    }
    return has_detail(a) && has_detail(b) && shared_time(a, b, kSamePicture) >= kSameFilm;
}

}  // namespace

Result<KnownItemPtr> RelatedMedia::item(std::int64_t key) {
    if (const auto known = read_.find(key); known != read_.end()) {
        return known->second;
    }
    if (read_.size() >= kMostRead) {
        return KnownItemPtr();
    }
    Result<KnownItemPtr> found = items_.find(key);
    if (found) {
        read_.emplace(key, *found);
    }
    return found;
}

Result<bool> RelatedMedia::are_related(std::int64_t a, std::int64_t b) {
    const std::pair<std::int64_t, std::int64_t> pair = std::minmax(a, b);
    if (const auto known = pairs_.find(pair); known != pairs_.end() || a == b) {
        return a == b || known->second;
    }
    if (pairs_.size() >= kMostPairs) {
        return false;
    }
    const Result<KnownItemPtr> first = item(a);
    const Result<KnownItemPtr> second = first ? item(b) : first;
    if (!second) {
        return second.error();
    }
    const bool is_related =
        *first != nullptr && *second != nullptr && show_the_same(**first, **second);
    pairs_.emplace(pair, is_related);
    return is_related;
}

Result<std::size_t> RelatedMedia::unrelated(const std::set<std::int64_t>& keys) {
    if (const auto known = counts_.find(keys); known != counts_.end() || keys.size() < 2) {
        return keys.size() < 2 ? keys.size() : known->second;
    }
    std::vector<std::pair<std::size_t, std::int64_t>> order;
    for (const std::int64_t key : keys) {
        if (!read_.contains(key) && read_.size() >= kMostRead) {
            continue;
        }
        const Result<KnownItemPtr> one = item(key);
        if (!one) {
            return one.error();
        }
        order.emplace_back(*one == nullptr ? 0 : frame_count(**one), key);
    }
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::vector<std::int64_t> counted;
    for (const auto& [frames, key] : order) {
        if (counted.size() == kMostCounted) {
            break;
        }
        bool is_new = true;
        for (std::size_t i = 0; is_new && i < counted.size(); ++i) {
            const Result<bool> related = are_related(key, counted[i]);
            if (!related) {
                return related.error();
            }
            is_new = !*related;
        }
        if (is_new) {
            counted.push_back(key);
        }
    }
    return counts_[keys] = counted.size();
}

}  // namespace refrain::evidence

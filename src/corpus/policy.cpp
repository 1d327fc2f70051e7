#include "corpus/policy.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace refrain::corpus {

namespace {

constexpr double kCovered = 0.9;

bool is_exact(const Match& match) {
    return std::find(match.evidence.begin(), match.evidence.end(), Evidence::kExact) !=
           match.evidence.end();
}

bool is_same_part(const Match& a, const Match& b) {
    return !a.part || !b.part || a.part->index == b.part->index;
}

/// How much of one span lies in others, in microseconds.
std::int64_t common_time(const TimeSpan& span, const std::vector<Segment>& segments) {
    std::vector<std::pair<std::int64_t, std::int64_t>> parts;
    for (const Segment& segment : segments) {
        if (segment.query) {
            const std::int64_t begin = std::max(span.begin.us, segment.query->begin.us);
            const std::int64_t end = std::min(span.end.us, segment.query->end.us);
            if (begin < end) {
                parts.emplace_back(begin, end);
            }
        }
    }
    std::sort(parts.begin(), parts.end());
    std::int64_t common = 0;
    std::int64_t until = span.begin.us;
    for (const auto& [begin, end] : parts) {
        common += std::max<std::int64_t>(0, end - std::max(begin, until));
        until = std::max(until, end);
    }
    return common;
}

bool covers_time(const Match& allow, const Match& other) {
    std::int64_t all = 0;
    std::int64_t common = 0;
    bool is_timed = false;
    for (const Segment& segment : other.segments) {
        if (segment.query) {
            is_timed = true;
            all += segment.query->end.us - segment.query->begin.us;
            common += common_time(*segment.query, allow.segments);
        }
    }
    if (!is_timed) {
        return true;  // a picture: it has no time
    }
    return static_cast<double>(common) >= kCovered * static_cast<double>(all) && common > 0;
}

std::array<double, 4> box_of(const Match& match) {
    return match.transform ? match.transform->box : std::array<double, 4>{0, 0, 1, 1};
}

double area(const std::array<double, 4>& box) {
    return std::max(0.0, box[2] - box[0]) * std::max(0.0, box[3] - box[1]);
}

bool covers_place(const Match& allow, const Match& other) {
    const std::array<double, 4> a = box_of(allow);
    const std::array<double, 4> b = box_of(other);
    const double common = area(
        {std::max(a[0], b[0]), std::max(a[1], b[1]), std::min(a[2], b[2]), std::min(a[3], b[3])});
    return common >= kCovered * area(b);
}

}  // namespace

bool covers(const Match& allow, const Match& other) {
    return is_exact(allow) ||
           (is_same_part(allow, other) && covers_time(allow, other) && covers_place(allow, other));
}

BankSettings Policy::settings_of(const std::string& bank) const {
    for (const BankSettings& settings : banks_) {
        if (settings.name == bank) {
            return settings;
        }
    }
    return {};  // made since
}

std::vector<std::string> Policy::searched(std::span<const std::string> wanted) const {
    std::vector<std::string> names;
    for (const BankSettings& bank : banks_) {
        const bool is_wanted =
            wanted.empty() || std::find(wanted.begin(), wanted.end(), bank.name) != wanted.end();
        if (is_wanted && bank.mode != BankMode::kOff) {
            names.push_back(bank.name);
        }
    }
    return names;
}

double Policy::least_score(const std::string& bank, const FindOptions& options) const {
    return options.overrides_bank_scores ? options.min_score
                                         : settings_of(bank).min_score.value_or(options.min_score);
}

Action Policy::judge(std::vector<Match>& matches,
                     const std::vector<bool>& is_shadow,
                     const FindOptions& options) const {
    const double usual = options.overrides_bank_scores ? kDefaultMinScore : options.min_score;
    std::vector<std::size_t> allowing;
    for (std::size_t i = 0; i < matches.size(); ++i) {
        Match& match = matches[i];
        const BankSettings bank = settings_of(match.bank);
        const bool is_enough =
            match.relation == Relation::kCopy && match.score >= bank.min_score.value_or(usual);
        const bool shadows = bank.mode == BankMode::kShadow || is_shadow[i];
        const bool allows = bank.kind == BankKind::kAllow;
        match.action = !is_enough ? Action::kNone
                       : shadows  ? Action::kShadow
                       : allows   ? Action::kAllowed
                                  : Action::kEnforce;
        if (match.action == Action::kAllowed) {
            allowing.push_back(i);
        }
    }
    Action all = Action::kNone;
    for (Match& match : matches) {
        if (match.action == Action::kEnforce || match.action == Action::kShadow) {
            const auto by = std::find_if(allowing.begin(), allowing.end(),
                                         [&](std::size_t i) { return covers(matches[i], match); });
            if (by != allowing.end()) {
                match.action = Action::kAllowed;
                match.allowed_by = matches[*by].id;
            }
        }
        all = std::max(all, match.action);
    }
    return all;
}

void keep_first(std::vector<Match>& matches, std::size_t most) {
    if (matches.size() <= most) {
        return;
    }
    std::vector<Match> kept(
        std::make_move_iterator(matches.begin()),
        std::make_move_iterator(matches.begin() + static_cast<std::ptrdiff_t>(most)));
    // From the weakest on: what stands for another one is not itself put out.
    std::size_t last = most;
    for (std::size_t i = 0; i < last; ++i) {
        const std::string& by = kept[i].allowed_by;
        const auto is_it = [&](const Match& match) {
            return match.id == by;
        };
        if (by.empty() || std::any_of(kept.begin(), kept.end(), is_it)) {
            continue;
        }
        const auto found =
            std::find_if(matches.begin() + static_cast<std::ptrdiff_t>(most), matches.end(), is_it);
        if (found != matches.end() && last - 1 > i) {
            kept[--last] = std::move(*found);
        }
    }
    std::sort(kept.begin(), kept.end(), [](const Match& a, const Match& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    matches = std::move(kept);
}

}  // namespace refrain::corpus

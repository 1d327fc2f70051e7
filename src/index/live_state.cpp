#include "index/live_state.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace refrain::index {

namespace {

/// The ids of what is dead in `now` and was not in `before`, two states of one segment.
void append_newly_dead(const LivePart& before, const LivePart& now, std::vector<CodeId>& ids) {
    if (now.dead == nullptr || now.dead == before.dead) {
        return;
    }
    const auto words = now.dead->words();
    for (std::size_t w = 0; w < words.size(); ++w) {
        std::uint64_t bits = words[w];
        if (before.dead != nullptr) {
            bits &= ~before.dead->words()[w];
        }
        for (; bits != 0; bits &= bits - 1) {
            ids.push_back(
                now.segment->ids()[w * 64 + static_cast<std::size_t>(std::countr_zero(bits))]);
        }
    }
}

}  // namespace

std::size_t LivePart::live() const {
    return segment->size() - (dead == nullptr ? 0 : dead->size());
}

CodeBlock LivePart::block() const { return {segment->codes(), segment->ids(), dead.get()}; }

std::size_t LiveState::live() const {
    std::size_t codes = tail_count - (tail_dead == nullptr ? 0 : tail_dead->size());
    for (const LivePart& part : parts) {
        codes += part.live();
    }
    return codes;
}

CodeBlock LiveState::tail_block() const {
    if (tail_count == 0) {
        return {};
    }
    return {std::span(tail->codes).first(tail_count), std::span(tail->ids).first(tail_count),
            tail_dead.get()};
}

void remove_from_part(LivePart& part, std::span<const IdRange> ranges) {
    const std::span<const CodeId> known = part.segment->ids();
    std::shared_ptr<PositionSet> dead;
    auto at = known.begin();
    for (const IdRange& range : ranges) {
        at = std::lower_bound(at, known.end(), range.first);
        for (; at != known.end() && *at <= range.last; ++at) {
            if (dead == nullptr) {
                dead = part.dead == nullptr ? std::make_shared<PositionSet>(known.size())
                                            : std::make_shared<PositionSet>(*part.dead);
            }
            dead->insert(static_cast<std::size_t>(at - known.begin()));
        }
    }
    if (dead != nullptr) {
        part.dead = std::move(dead);
    }
}

void remove_from_tail(LiveState& state, std::span<const IdRange> ranges) {
    std::shared_ptr<PositionSet> dead;
    for (std::size_t i = 0; i < state.tail_count; ++i) {
        const CodeId id = state.tail->ids[i];
        const auto after = std::upper_bound(
            ranges.begin(), ranges.end(), id,
            [](CodeId value, const IdRange& range) { return value < range.first; });
        if (after == ranges.begin() || std::prev(after)->last < id) {
            continue;
        }
        if (dead == nullptr) {
            dead = state.tail_dead == nullptr
                       ? std::make_shared<PositionSet>(state.tail->codes.size())
                       : std::make_shared<PositionSet>(*state.tail_dead);
        }
        dead->insert(i);
    }
    if (dead != nullptr) {
        state.tail_dead = std::move(dead);
    }
}

void LooseCodes::reserve(std::size_t count) {
    codes.reserve(count);
    ids.reserve(count);
}

void LooseCodes::append_live(const CodeBlock& block) {
    if (block.dead == nullptr) {
        codes.insert(codes.end(), block.codes.begin(), block.codes.end());
        ids.insert(ids.end(), block.ids.begin(), block.ids.end());
        return;
    }
    for (std::size_t i = 0; i < block.codes.size(); ++i) {
        if (!block.dead->contains(i)) {
            codes.push_back(block.codes[i]);
            ids.push_back(block.ids[i]);
        }
    }
}

std::vector<LivePart> LooseCodes::take_parts(const LiveOptions& options,
                                             int threads,
                                             const std::stop_token& stop) {
    std::vector<LivePart> parts;
    const std::size_t total = codes.size();
    for (std::size_t from = 0; from < total; from += options.segment_codes) {
        const auto begin = static_cast<std::ptrdiff_t>(from);
        const auto end = static_cast<std::ptrdiff_t>(std::min(total, from + options.segment_codes));
        const bool is_all = begin == 0 && end == std::ssize(codes);
        parts.push_back({std::make_shared<const Segment>(
                             is_all ? std::exchange(codes, {})
                                    : std::vector(codes.begin() + begin, codes.begin() + end),
                             is_all ? std::exchange(ids, {})
                                    : std::vector(ids.begin() + begin, ids.begin() + end),
                             options.table_codes, threads, stop),
                         nullptr});
    }
    codes.clear();
    ids.clear();
    return parts;
}

std::optional<MergeRange> due_merge(const LiveState& state, const LiveOptions& options) {
    for (std::size_t i = 0; i < state.parts.size(); ++i) {
        if (state.parts[i].live() * 2 < state.parts[i].segment->size()) {
            return MergeRange{i, i + 1};
        }
    }
    if (state.parts.size() < 2) {
        return std::nullopt;
    }
    std::size_t first = state.parts.size() - 1;
    for (std::size_t added = state.parts[first].live(); first > 0; --first) {
        const std::size_t before = state.parts[first - 1].live();
        if (before >= options.merge_ratio * added || before + added > options.segment_codes) {
            break;
        }
        added += before;
    }
    if (first + 1 >= state.parts.size()) {
        return std::nullopt;
    }
    return MergeRange{first, state.parts.size()};
}

std::vector<LivePart> merged(const LiveState& state,
                             MergeRange range,
                             const LiveOptions& options,
                             const std::stop_token& stop) {
    const auto parts = std::span(state.parts).subspan(range.first, range.last - range.first);
    std::size_t total = 0;
    for (const LivePart& part : parts) {
        total += part.live();
    }
    LooseCodes loose;
    loose.reserve(total);
    for (const LivePart& part : parts) {
        loose.append_live(part.block());
    }
    return loose.take_parts(options, 1, stop);
}

void replace_range(LiveState& now,
                   const LiveState& before,
                   MergeRange range,
                   std::vector<LivePart> merged) {
    const auto first = std::find_if(now.parts.begin(), now.parts.end(), [&](const LivePart& part) {
        return part.segment == before.parts[range.first].segment;
    });
    REFRAIN_CHECK(now.parts.end() - first >= static_cast<std::ptrdiff_t>(range.last - range.first));
    std::vector<CodeId> doomed;
    auto part = first;
    for (std::size_t i = range.first; i < range.last; ++i, ++part) {
        REFRAIN_CHECK(part->segment == before.parts[i].segment);
        append_newly_dead(before.parts[i], *part, doomed);
    }
    // An id removed meanwhile is gone from the whole range: what was added since lies behind it.
    std::sort(doomed.begin(), doomed.end());
    doomed.erase(std::unique(doomed.begin(), doomed.end()), doomed.end());
    std::vector<IdRange> ranges;
    for (const CodeId id : doomed) {
        ranges.push_back({id, id});
    }
    for (LivePart& made : merged) {
        remove_from_part(made, ranges);
    }
    const auto at = now.parts.erase(first, part);
    now.parts.insert(at, merged.begin(), merged.end());
}

}  // namespace refrain::index

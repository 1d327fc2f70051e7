#include "index/index_state.h"

#include <iterator>
#include <numeric>

namespace refrain::index {

PositionSet::PositionSet(std::vector<std::uint64_t> words) : words_(std::move(words)) {
    for (const std::uint64_t word : words_) {
        size_ += static_cast<std::size_t>(std::popcount(word));
    }
}

std::shared_ptr<const PositionSet> removed_from_tail(const CodeBlock& tail,
                                                     std::size_t room,
                                                     std::span<const KeyRange> ranges) {
    std::shared_ptr<PositionSet> dead;
    for (std::size_t i = 0; i < tail.ids.size(); ++i) {
        const CodeId id = tail.ids[i];
        const auto after = std::upper_bound(
            ranges.begin(), ranges.end(), id,
            [](CodeId value, const KeyRange& range) { return value < range.first; });
        if (after == ranges.begin() || std::prev(after)->last < id) {
            continue;
        }
        if (dead == nullptr) {
            dead = tail.dead == nullptr ? std::make_shared<PositionSet>(room)
                                        : std::make_shared<PositionSet>(*tail.dead);
        }
        dead->insert(i);
    }
    return dead;
}

std::vector<KeyRange> ranges_of(std::vector<std::int64_t> keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::vector<KeyRange> ranges;
    ranges.reserve(keys.size());
    for (const std::int64_t key : keys) {
        ranges.push_back({key, key});
    }
    return ranges;
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

LooseCodes LooseCodes::taken(std::size_t first, std::size_t count) {
    if (first == 0 && count == codes.size()) {
        return {std::exchange(codes, {}), std::exchange(ids, {})};
    }
    const auto begin = static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    return {{codes.begin() + begin, codes.begin() + end}, {ids.begin() + begin, ids.begin() + end}};
}

void LooseCodes::sort_by_id() {
    if (std::is_sorted(ids.begin(), ids.end())) {
        return;
    }
    std::vector<std::uint32_t> order(ids.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return ids[a] < ids[b]; });
    std::vector<Hash256> sorted_codes(codes.size());
    std::vector<CodeId> sorted_ids(ids.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        sorted_codes[i] = codes[order[i]];
        sorted_ids[i] = ids[order[i]];
    }
    codes = std::move(sorted_codes);
    ids = std::move(sorted_ids);
}

}  // namespace refrain::index

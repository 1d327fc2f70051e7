#include "service/hma/pdq_table.h"

#include <algorithm>

namespace refrain::service::hma {

std::uint32_t PdqTable::piece(const Hash256& code, std::size_t index) {
    return static_cast<std::uint32_t>((code.words[index / 4] >> (16 * (index % 4))) & 0xFFFFU);
}

void PdqTable::add(std::int64_t number, const Hash256& code) {
    if (buckets_.empty()) {
        buckets_.resize(kPieces * kBuckets);
    }
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(entries_.size()));
        entries_.emplace_back();
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    entries_[place] = {number, code, true};
    for (std::size_t i = 0; i < kPieces; ++i) {
        buckets_[i * kBuckets + piece(code, i)].push_back(place);
    }
}

void PdqTable::remove(std::int64_t number) {
    for (std::uint32_t place = 0; place < entries_.size(); ++place) {
        Entry& entry = entries_[place];
        if (entry.number != number || !entry.is_live) {
            continue;
        }
        entry.is_live = false;
        free_.push_back(place);
        for (std::size_t i = 0; i < kPieces; ++i) {
            std::erase(buckets_[i * kBuckets + piece(entry.code, i)], place);
        }
    }
}

std::vector<std::pair<std::int64_t, int>> PdqTable::near(const Hash256& code) const {
    constexpr std::uint32_t kPieceBits = 16;
    std::vector<std::pair<std::int64_t, int>> found;
    if (buckets_.empty()) {
        return found;
    }
    std::vector<std::uint32_t> places;
    for (std::size_t i = 0; i < kPieces; ++i) {
        const std::uint32_t own = piece(code, i);
        for (std::uint32_t bit = 0; bit <= kPieceBits; ++bit) {
            const std::uint32_t bucket = bit == kPieceBits ? own : own ^ (1U << bit);
            const auto& held = buckets_[i * kBuckets + bucket];
            places.insert(places.end(), held.begin(), held.end());
        }
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    for (const std::uint32_t place : places) {
        const Entry& entry = entries_[place];
        const int distance = hamming_distance(entry.code, code);
        if (distance <= kMaxDistance) {
            found.emplace_back(entry.number, distance);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::pair<std::int64_t, int>> PdqTable::near_plain(const Hash256& code) const {
    std::vector<std::pair<std::int64_t, int>> found;
    for (const Entry& entry : entries_) {
        const int distance = hamming_distance(entry.code, code);
        if (entry.is_live && distance <= kMaxDistance) {
            found.emplace_back(entry.number, distance);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace refrain::service::hma

#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/feeds.h"

namespace refrain::test {

/// What a reading gave.
struct FeedReading {
    FeedCounts counts;
    std::vector<FeedEntry> entries;
    std::vector<std::pair<std::string, std::uint64_t>> refused;  ///< reason and line

    [[nodiscard]] std::uint64_t refusals(const std::string& reason) const {
        const auto found = counts.refused.find(reason);
        return found == counts.refused.end() ? 0 : found->second;
    }
};

/// Bytes of a text, at most `step` at a time, as a pipe may give them. The text must outlive it.
inline FeedBytes bytes_of(std::string_view text, std::size_t step) {
    return [text, step](std::span<char> into) mutable -> Result<std::size_t> {
        const std::size_t size = std::min({text.size(), into.size(), step});
        std::copy_n(text.begin(), size, into.begin());
        text.remove_prefix(size);
        return size;
    };
}

inline FeedReading read_text(std::string_view text,
                             const FeedOptions& options = {},
                             std::size_t step = 1 << 20) {
    FeedReading reading;
    const Result<FeedCounts> counts =
        read_feed(bytes_of(text, step), options,
                  {[&](FeedEntry&& entry) {
                       reading.entries.push_back(std::move(entry));
                       return true;
                   },
                   [&](const FeedRefusal& refusal) {
                       reading.refused.emplace_back(refusal.reason, refusal.line);
                       return true;
                   }});
    if (!counts) {
        throw std::runtime_error(counts.error().message);
    }
    reading.counts = *counts;
    return reading;
}

}  // namespace refrain::test

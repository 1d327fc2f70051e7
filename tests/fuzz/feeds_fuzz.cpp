// Hash lists and feeds of every format: the first byte says which, the rest is the input. No more
// than refusals come of it, and what is read does not depend on how the bytes arrive.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "refrain/feeds.h"

namespace {

using namespace refrain;

struct Read {
    std::vector<FeedEntry> entries;
    std::optional<FeedCounts> counts;
};

Read read_in_steps(std::string_view text, FeedFormat format, std::size_t step) {
    Read read;
    std::size_t at = 0;
    const FeedBytes bytes = [&](std::span<char> into) -> Result<std::size_t> {
        const std::size_t size = std::min({text.size() - at, into.size(), step});
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), size, into.begin());
        at += size;
        return size;
    };
    const auto counts = read_feed(bytes, {format},
                                  {[&](FeedEntry&& entry) {
                                       read.entries.push_back(std::move(entry));
                                       return true;
                                   },
                                   nullptr});
    if (counts) {
        read.counts = *counts;
    }
    return read;
}

void check(const FeedEntry& entry) {
    const bool is_named = entry.kind != SignalKind::kNone ||
                          (entry.action == FeedAction::kWithdraw && !entry.source_id.empty());
    const bool has_frames = (entry.kind == SignalKind::kVpdq) == !entry.frames.empty();
    const bool is_sorted =
        std::is_sorted(entry.frames.begin(), entry.frames.end(),
                       [](const FeedFrame& a, const FeedFrame& b) { return a.time < b.time; });
    if (!is_named || !has_frames || !is_sorted || entry.quality > 100 || entry.line == 0 ||
        entry.labels.size() > FeedLimits::kMaxLabels) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto format = static_cast<FeedFormat>((data[0] - '0') % 10);
    const Read whole = read_in_steps(text, format, size);
    std::for_each(whole.entries.begin(), whole.entries.end(), check);
    const Read slow = read_in_steps(text, format, 3);
    if (whole.entries != slow.entries || whole.counts.has_value() != slow.counts.has_value()) {
        std::abort();
    }
    if (whole.counts && whole.counts->refused != slow.counts->refused) {
        std::abort();
    }
    return 0;
}

#include "evidence/media_count.h"

namespace refrain::evidence {

Result<std::size_t> MediaCount::of(const std::set<std::int64_t>& keys) {
    if (keys.size() < 2) {
        return keys.size();
    }
    std::set<Sha256> media;
    std::size_t others = 0;
    for (const std::int64_t key : keys) {
        auto known = read_.find(key);
        if (known == read_.end() && read_.size() < kMostRead) {
            const Result<KnownItemPtr> item = items_.find(key);
            if (!item) {
                return item.error();
            }
            if (*item != nullptr) {
                known = read_.emplace(key, (*item)->sha256).first;
            }
        }
        if (known != read_.end()) {
            media.insert(known->second);
        } else {
            ++others;
        }
    }
    return media.size() + others;
}

}  // namespace refrain::evidence

#include "evidence/item_source.h"

#include <iterator>

namespace refrain::evidence {

Result<std::set<std::int64_t>> wanted_among(std::set<std::int64_t> keys,
                                            ItemSource& items,
                                            std::span<const std::string> banks) {
    std::erase_if(keys, [&](std::int64_t key) { return items.is_hidden(key); });
    if (banks.empty()) {
        return keys;
    }
    for (auto key = keys.begin(); key != keys.end();) {
        const Result<KnownItemPtr> item = items.find(*key);
        if (!item) {
            return item.error();
        }
        const bool is_kept = *item != nullptr && is_wanted(**item, banks);
        key = is_kept ? std::next(key) : keys.erase(key);
    }
    return keys;
}

}  // namespace refrain::evidence

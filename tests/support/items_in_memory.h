#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "evidence/item_source.h"
#include "evidence/known_item.h"

namespace refrain::test {

/// Known items without a store.
class ItemsInMemory final : public evidence::ItemSource {
  public:
    void add(std::int64_t key, const Fingerprint& fingerprint) {
        auto item = std::make_shared<evidence::KnownItem>();
        item->key = key;
        item->kind = fingerprint.media.kind;
        item->duration = fingerprint.media.duration;
        item->sha256 = fingerprint.media.digest.sha256;
        evidence::keep_searchable(*item, fingerprint);
        items[key] = std::move(item);
    }

    Result<evidence::KnownItemPtr> find(std::int64_t key) override {
        const auto found = items.find(key);
        return found == items.end() ? evidence::KnownItemPtr() : found->second;
    }
    Result<std::vector<evidence::KnownItemPtr>> find_bytes(const Sha256& /*sha256*/) override {
        return std::vector<evidence::KnownItemPtr>();
    }
    void forget(std::int64_t key) override { items.erase(key); }

    std::map<std::int64_t, evidence::KnownItemPtr> items;
};

}  // namespace refrain::test

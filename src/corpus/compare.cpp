#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "refrain/corpus.h"

#include "corpus/look_up.h"
#include "evidence/known_set.h"

namespace refrain {

namespace {

/// One item, in memory.
class OneItem final : public evidence::ItemSource {
  public:
    explicit OneItem(evidence::KnownItem item)
        : item_(std::make_shared<const evidence::KnownItem>(std::move(item))) {}

    [[nodiscard]] Result<evidence::KnownItemPtr> find(std::int64_t key) override {
        return key == item_->key ? item_ : evidence::KnownItemPtr();
    }
    [[nodiscard]] Result<std::vector<evidence::KnownItemPtr>> find_bytes(
        const Sha256& sha256) override {
        std::vector<evidence::KnownItemPtr> found;
        if (sha256 == item_->sha256) {
            found.push_back(item_);
        }
        return found;
    }
    void forget(std::int64_t /*key*/) override {}

  private:
    evidence::KnownItemPtr item_;
};

}  // namespace

Result<FindAnswer> compare(const Fingerprint& query,
                           const Fingerprint& known,
                           const std::string& name,
                           const FindOptions& options) {
    evidence::KnownItem item;
    item.key = 1;
    item.id = name;
    item.name = name;
    item.kind = known.media.kind;
    item.duration = known.media.duration;
    item.sha256 = known.media.digest.sha256;
    evidence::keep_searchable(item, known);
    evidence::KnownSet set(index::make_flat_index(1),
                           std::make_unique<index::LiveLocalIndex>(index::local_options(1)),
                           std::make_shared<OneItem>(item));
    if (Result<void> added = set.add(item); !added) {
        return added.error();
    }
    if (Result<void> added = set.add_local(item); !added) {
        return added.error();
    }
    corpus::LookUpRequest request{options, {item.bank}};
    request.options.banks.clear();
    return corpus::look_up(set, query, request);
}

}  // namespace refrain

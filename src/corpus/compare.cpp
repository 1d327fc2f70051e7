#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "refrain/corpus.h"

#include "corpus/look_up.h"
#include "evidence/channels.h"
#include "evidence/item_source.h"

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
    if (Result<void> sound = check_fingerprint(known); !sound) {
        return sound.error();
    }
    evidence::KnownItem item;
    item.key = 1;
    item.id = name;
    item.name = name;
    item.kind = known.media.kind;
    item.duration = known.media.duration;
    item.sha256 = known.media.digest.sha256;
    evidence::keep_searchable(item, known);
    OneItem items(item);
    evidence::ChannelOptions plain;
    plain.index = "flat";
    const Result<evidence::Channels> channels = evidence::make_channels(plain, items);
    if (!channels) {
        return channels.error();
    }
    for (const std::unique_ptr<evidence::Channel>& channel : *channels) {
        if (Result<void> added = channel->add(item); !added) {
            return added.error();
        }
        channel->set_open();
    }
    corpus::LookUpRequest request{options, {item.bank}, {}};
    request.options.banks.clear();
    return corpus::look_up({*channels, items}, query, request);
}

}  // namespace refrain

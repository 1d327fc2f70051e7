#include "refrain/corpus.h"

#include "corpus/known_set.h"
#include "corpus/look_up.h"

namespace refrain {

Result<FindAnswer> compare(const Fingerprint& query,
                           const Fingerprint& known,
                           const std::string& name,
                           const FindOptions& options) {
    corpus::KnownSet set(index::make_flat_index(1));
    corpus::KnownItem item;
    item.key = 1;
    item.id = name;
    item.name = name;
    item.kind = known.media.kind;
    item.duration = known.media.duration;
    item.sha256 = known.media.digest.sha256;
    if (Result<void> added = set.add(std::move(item), known.frames); !added) {
        return added.error();
    }
    FindOptions everywhere = options;
    everywhere.banks.clear();
    return corpus::look_up(set, query, everywhere);
}

}  // namespace refrain

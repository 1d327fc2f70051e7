#include "hash/pdq.h"

#include <cstddef>

#include "hash/pdq_stages.h"

namespace refrain::hash {

namespace {

bool is_hashable(const frame::RgbView& picture) {
    return picture.width >= kMinPdqSide && picture.height >= kMinPdqSide;
}

}  // namespace

std::optional<PdqHash> pdq_hash(const frame::RgbView& picture) {
    if (!is_hashable(picture)) {
        return std::nullopt;
    }
    return hash_of(shrink(picture));
}

std::optional<PdqViews> pdq_views(const frame::RgbView& picture) {
    if (!is_hashable(picture)) {
        return std::nullopt;
    }
    return views_of(shrink(picture));
}

}  // namespace refrain::hash

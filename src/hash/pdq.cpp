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
    const DecimatedPicture small = shrink(picture);
    return PdqHash{threshold(low_frequencies(small)), picture_quality(small)};
}

std::optional<PdqViews> pdq_views(const frame::RgbView& picture) {
    if (!is_hashable(picture)) {
        return std::nullopt;
    }
    const DecimatedPicture small = shrink(picture);
    const DctBlock block = low_frequencies(small);
    PdqViews result;
    result.quality = picture_quality(small);
    for (std::size_t v = 0; v < kDihedralViews; ++v) {
        result.views[v] = threshold(transformed(block, static_cast<DihedralView>(v)));
    }
    return result;
}

}  // namespace refrain::hash

#include "hash/pdq_hash.h"

#include "hash/pdq_kernels.h"
#include "hash/pdq_stages.h"

namespace refrain::hash {

PdqHash hash_of(const DecimatedPicture& picture) {
    const PdqKernels& kernels = pdq_kernels();
    return {threshold(kernels.low_frequencies(picture)), kernels.picture_quality(picture)};
}

PdqViews views_of(const DecimatedPicture& picture) {
    const PdqKernels& kernels = pdq_kernels();
    return {views_of(kernels.low_frequencies(picture)), kernels.picture_quality(picture)};
}

PdqHasher::PdqHasher() : scratch_(std::make_unique<PdqScratch>()) {}
PdqHasher::~PdqHasher() = default;
PdqHasher::PdqHasher(PdqHasher&& other) noexcept = default;
PdqHasher& PdqHasher::operator=(PdqHasher&& other) noexcept = default;

std::optional<PdqHash> PdqHasher::hash(const frame::RgbView& picture) {
    const auto small = decimated(picture);
    return small ? std::optional(hash_of(*small)) : std::nullopt;
}

std::optional<PdqViews> PdqHasher::views(const frame::RgbView& picture) {
    const auto small = decimated(picture);
    return small ? std::optional(views_of(*small)) : std::nullopt;
}

std::optional<DecimatedPicture> PdqHasher::decimated(const frame::RgbView& picture) {
    if (picture.width < kMinPdqSide || picture.height < kMinPdqSide) {
        return std::nullopt;
    }
    if (picture.width == kDecimatedSide && picture.height == kDecimatedSide) {
        return shrink(picture);  // there is nothing to blur
    }
    std::optional<DecimatedPicture> small(std::in_place);
    pdq_kernels().shrink(picture, *scratch_, *small);
    return small;
}

std::optional<PdqHash> pdq_hash(const frame::RgbView& picture) { return PdqHasher().hash(picture); }

std::optional<PdqViews> pdq_views(const frame::RgbView& picture) {
    return PdqHasher().views(picture);
}

}  // namespace refrain::hash

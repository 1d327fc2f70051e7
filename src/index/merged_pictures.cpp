#include "index/merged_pictures.h"

#include <algorithm>

#include "base/check.h"

namespace refrain::index {

namespace {

struct Origin {
    PictureKey key;
    std::uint32_t part;
    std::uint32_t picture;
};

}  // namespace

MergedPictures::MergedPictures(std::span<const LocalPart> parts) {
    std::vector<Origin> origins;
    for (std::uint32_t p = 0; p < parts.size(); ++p) {
        const LocalPart& part = parts[p];
        numbers_.emplace_back(part.segment->keys().size(), kGone);
        for (std::uint32_t i = 0; i < part.segment->keys().size(); ++i) {
            if (part.dead == nullptr || !part.dead->contains(i)) {
                origins.push_back({part.segment->keys()[i], p, i});
            }
        }
    }
    REFRAIN_CHECK(origins.size() <= LocalSegment::kMaxKeys);
    std::stable_sort(origins.begin(), origins.end(),
                     [](const Origin& a, const Origin& b) { return a.key < b.key; });
    keys_.reserve(origins.size());
    codes_of_.reserve(origins.size());
    for (const Origin& origin : origins) {
        numbers_[origin.part][origin.picture] = static_cast<std::uint32_t>(keys_.size());
        keys_.push_back(origin.key);
        codes_of_.push_back(
            static_cast<std::uint32_t>(parts[origin.part].segment->codes_of(origin.picture)));
        codes_ += codes_of_.back();
    }
}

}  // namespace refrain::index

#include "index/local_segment.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "index/local_signatures.h"
#include "index/local_words.h"
#include "index/signature_kernels.h"

namespace refrain::index {

namespace {

// Codes whose words are looked up together.
constexpr std::size_t kBatch = 4096;

void put(std::vector<LocalBlock>& blocks, std::size_t position, const Hash256& code) {
    blocks[position / LocalBlock::kCodes].put(position % LocalBlock::kCodes, code);
}

std::vector<std::uint16_t> words_of(std::span<const PictureCodes> pictures,
                                    const LocalKernels& kernels) {
    std::vector<std::uint16_t> words;
    std::vector<Hash256> batch;
    const auto flush = [&] {
        const std::vector<std::uint16_t> nearest = nearest_words(batch, 1, kernels);
        words.insert(words.end(), nearest.begin(), nearest.end());
        batch.clear();
    };
    for (const PictureCodes& picture : pictures) {
        batch.insert(batch.end(), picture.codes.begin(), picture.codes.end());
        if (batch.size() >= kBatch) {
            flush();
        }
    }
    flush();
    return words;
}

/// The lists of all codes, in order and none of them empty.
bool are_lists(std::span<const LocalSegment::List> lists, std::size_t codes) {
    const auto do_not_follow = [](const LocalSegment::List& one, const LocalSegment::List& next) {
        return one.begin >= next.begin || one.word >= next.word;
    };
    return lists.size() >= 2 && lists.front().begin == 0 && lists.back().begin == codes &&
           lists.back().word == kLocalWords &&
           std::adjacent_find(lists.begin(), lists.end(), do_not_follow) == lists.end();
}

}  // namespace

LocalSegment::LocalSegment(std::vector<PictureCodes> pictures, const LocalKernels& kernels) {
    REFRAIN_CHECK(pictures.size() <= kMaxKeys);
    std::stable_sort(
        pictures.begin(), pictures.end(),
        [](const PictureCodes& a, const PictureCodes& b) { return a.picture < b.picture; });
    const std::vector<std::uint16_t> words = words_of(pictures, kernels);
    REFRAIN_CHECK(words.size() <= kMaxCodes);
    std::vector<std::uint32_t> next(kLocalWords + 1);
    for (const std::uint16_t word : words) {
        ++next[word + std::size_t{1}];
    }
    const auto owned = std::make_shared<Owned>();
    for (std::uint32_t word = 0; word < kLocalWords; ++word) {
        if (next[word + 1] != 0) {
            owned->lists.push_back({next[word], word});
        }
        next[word + 1] += next[word];
    }
    owned->lists.push_back({static_cast<std::uint32_t>(words.size()), kLocalWords});
    owned->lists.shrink_to_fit();
    owned->blocks.resize(blocks_for(words.size()));
    owned->signatures.resize(words.size());
    owned->sources.resize(words.size());
    owned->keys.reserve(pictures.size());
    owned->codes_of.reserve(pictures.size());
    std::size_t at = 0;
    for (const PictureCodes& picture : pictures) {
        REFRAIN_CHECK(!picture.codes.empty() && picture.codes.size() <= kMaxLocalPoints);
        const auto ordinal = static_cast<std::uint32_t>(owned->keys.size());
        for (std::uint32_t point = 0; point < picture.codes.size(); ++point) {
            const std::uint16_t word = words[at++];
            const std::uint32_t position = next[word]++;
            put(owned->blocks, position, picture.codes[point]);
            owned->signatures[position] =
                signature_kernels().gather(picture.codes[point], signature_bits(word));
            owned->sources[position] = ordinal << kPointBits | point;
        }
        owned->keys.push_back(picture.picture);
        owned->codes_of.push_back(static_cast<std::uint32_t>(picture.codes.size()));
    }
    arrays_ = owned->arrays();
    owner_ = owned;
}

std::shared_ptr<const LocalSegment> LocalSegment::adopt(const Arrays& arrays,
                                                        std::shared_ptr<const void> owner) {
    const std::size_t codes = arrays.sources.size();
    const std::size_t pictures = arrays.keys.size();
    if (codes == 0 || codes > kMaxCodes || arrays.blocks.size() != blocks_for(codes) ||
        arrays.signatures.size() != codes || pictures == 0 || pictures > kMaxKeys ||
        arrays.codes_of.size() != pictures || !are_lists(arrays.lists, codes) ||
        !std::is_sorted(arrays.keys.begin(), arrays.keys.end()) || arrays.keys.front() < 0) {
        return nullptr;
    }
    // A merge reserves room by `codes_of` and fills it by `sources`.
    std::vector<std::uint32_t> counted(pictures);
    for (const std::uint32_t source : arrays.sources) {
        if (source >> kPointBits >= pictures) {
            return nullptr;
        }
        ++counted[source >> kPointBits];
    }
    if (!std::equal(counted.begin(), counted.end(), arrays.codes_of.begin()) ||
        *std::max_element(counted.begin(), counted.end()) > kMaxLocalPoints) {
        return nullptr;
    }
    // Not make_shared: the constructor is private.
    return std::shared_ptr<const LocalSegment>(new LocalSegment(arrays, std::move(owner)));
}

std::size_t LocalSegment::memory_bytes() const {
    return sizeof(*this) + arrays_.blocks.size_bytes() + arrays_.signatures.size_bytes() +
           arrays_.sources.size_bytes() + arrays_.lists.size_bytes() + arrays_.keys.size_bytes() +
           arrays_.codes_of.size_bytes();
}

/// Copies what lives, list by list.
class LocalMerger {
  public:
    explicit LocalMerger(std::span<const LocalPart> parts) : parts_(parts) {}

    std::shared_ptr<const LocalSegment> merge() {
        std::size_t codes = 0;
        for (const LocalPart& part : parts_) {
            codes += part.live_codes();
        }
        if (codes == 0) {
            return nullptr;
        }
        const auto made = std::make_shared<LocalSegment::Owned>();
        made_ = made.get();
        made_->blocks.resize(LocalSegment::blocks_for(codes));
        made_->signatures.reserve(codes);
        made_->sources.reserve(codes);
        number_pictures();
        std::vector<std::size_t> next(parts_.size());
        for (std::uint32_t word = 0; word < kLocalWords; ++word) {
            const std::size_t begin = made_->sources.size();
            for (std::size_t p = 0; p < parts_.size(); ++p) {
                const std::span<const LocalSegment::List> lists = parts_[p].segment->lists();
                if (lists[next[p]].word == word) {
                    copy(p, lists[next[p]].begin, lists[next[p] + 1].begin);
                    ++next[p];
                }
            }
            if (made_->sources.size() > begin) {
                made_->lists.push_back({static_cast<std::uint32_t>(begin), word});
            }
        }
        made_->lists.push_back({static_cast<std::uint32_t>(codes), kLocalWords});
        made_->lists.shrink_to_fit();
        // Not make_shared: the constructor is private.
        return std::shared_ptr<const LocalSegment>(new LocalSegment(made_->arrays(), made));
    }

  private:
    static constexpr std::uint32_t kGone = ~std::uint32_t{0};

    struct Origin {
        PictureKey key;
        std::uint32_t part;
        std::uint32_t picture;
    };

    void number_pictures() {
        std::vector<Origin> origins;
        for (std::uint32_t p = 0; p < parts_.size(); ++p) {
            const LocalPart& part = parts_[p];
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
        made_->keys.reserve(origins.size());
        made_->codes_of.reserve(origins.size());
        for (const Origin& origin : origins) {
            numbers_[origin.part][origin.picture] = static_cast<std::uint32_t>(made_->keys.size());
            made_->keys.push_back(origin.key);
            made_->codes_of.push_back(
                static_cast<std::uint32_t>(parts_[origin.part].segment->codes_of(origin.picture)));
        }
    }

    void copy(std::size_t part, std::uint32_t begin, std::uint32_t end) {
        const LocalSegment& from = *parts_[part].segment;
        for (std::uint32_t at = begin; at < end; ++at) {
            const LocalSegment::Source source = from.source(at);
            const std::uint32_t number = numbers_[part][source.picture];
            if (number == kGone) {
                continue;
            }
            put(made_->blocks, made_->sources.size(),
                from.blocks()[at / LocalBlock::kCodes].get(at % LocalBlock::kCodes));
            made_->signatures.push_back(from.signatures()[at]);
            made_->sources.push_back(number << LocalSegment::kPointBits | source.point);
        }
    }

    std::span<const LocalPart> parts_;
    LocalSegment::Owned* made_ = nullptr;
    std::vector<std::vector<std::uint32_t>> numbers_;  ///< new number of each picture of each part
};

std::shared_ptr<const LocalSegment> merged_segments(std::span<const LocalPart> parts) {
    return LocalMerger(parts).merge();
}

}  // namespace refrain::index

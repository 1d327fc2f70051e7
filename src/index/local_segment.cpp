#include "index/local_segment.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "index/local_words.h"

namespace refrain::index {

namespace {

// Codes whose words are looked up together.
constexpr std::size_t kBatch = 4096;

void put(std::vector<CodeBlock>& blocks, std::size_t position, const Hash256& code) {
    blocks[position / CodeBlock::kCodes].put(position % CodeBlock::kCodes, code);
}

std::vector<CodeBlock> blocks_for(std::size_t codes) {
    return std::vector<CodeBlock>((codes + CodeBlock::kCodes - 1) / CodeBlock::kCodes);
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

}  // namespace

LocalSegment::LocalSegment(std::vector<PictureCodes> pictures, const LocalKernels& kernels) {
    REFRAIN_CHECK(pictures.size() <= kMaxPictures);
    std::stable_sort(
        pictures.begin(), pictures.end(),
        [](const PictureCodes& a, const PictureCodes& b) { return a.picture < b.picture; });
    const std::vector<std::uint16_t> words = words_of(pictures, kernels);
    REFRAIN_CHECK(words.size() <= kMaxCodes);
    std::vector<std::uint32_t> next(kLocalWords + 1);
    for (const std::uint16_t word : words) {
        ++next[word + std::size_t{1}];
    }
    for (std::size_t word = 0; word < kLocalWords; ++word) {
        if (next[word + 1] != 0) {
            lists_.push_back({next[word], static_cast<std::uint16_t>(word)});
        }
        next[word + 1] += next[word];
    }
    lists_.push_back({static_cast<std::uint32_t>(words.size()), kLocalWords});
    lists_.shrink_to_fit();
    blocks_ = blocks_for(words.size());
    sources_.resize(words.size());
    keys_.reserve(pictures.size());
    codes_of_.reserve(pictures.size());
    std::size_t at = 0;
    for (const PictureCodes& picture : pictures) {
        REFRAIN_CHECK(!picture.codes.empty() && picture.codes.size() <= kMaxLocalPoints);
        const auto ordinal = static_cast<std::uint32_t>(keys_.size());
        for (std::uint32_t point = 0; point < picture.codes.size(); ++point) {
            const std::uint32_t position = next[words[at++]]++;
            put(blocks_, position, picture.codes[point]);
            sources_[position] = ordinal << kPointBits | point;
        }
        keys_.push_back(picture.picture);
        codes_of_.push_back(static_cast<std::uint32_t>(picture.codes.size()));
    }
}

std::size_t LocalSegment::memory_bytes() const {
    return sizeof(*this) + blocks_.capacity() * sizeof(CodeBlock) + sources_.capacity() * 4 +
           lists_.capacity() * sizeof(List) + keys_.capacity() * sizeof(PictureKey) +
           codes_of_.capacity() * 4;
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
        // Not make_shared: the constructor is private.
        std::shared_ptr<LocalSegment> made(new LocalSegment());
        made_ = made.get();
        made_->blocks_ = blocks_for(codes);
        made_->sources_.reserve(codes);
        number_pictures();
        std::vector<std::size_t> next(parts_.size());
        for (std::uint16_t word = 0; word < kLocalWords; ++word) {
            const std::size_t begin = made_->sources_.size();
            for (std::size_t p = 0; p < parts_.size(); ++p) {
                const std::span<const LocalSegment::List> lists = parts_[p].segment->lists();
                if (lists[next[p]].word == word) {
                    copy(p, lists[next[p]].begin, lists[next[p] + 1].begin);
                    ++next[p];
                }
            }
            if (made_->sources_.size() > begin) {
                made_->lists_.push_back({static_cast<std::uint32_t>(begin), word});
            }
        }
        made_->lists_.push_back({static_cast<std::uint32_t>(codes), kLocalWords});
        made_->lists_.shrink_to_fit();
        return made;
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
        REFRAIN_CHECK(origins.size() <= LocalSegment::kMaxPictures);
        std::stable_sort(origins.begin(), origins.end(),
                         [](const Origin& a, const Origin& b) { return a.key < b.key; });
        made_->keys_.reserve(origins.size());
        made_->codes_of_.reserve(origins.size());
        for (const Origin& origin : origins) {
            numbers_[origin.part][origin.picture] = static_cast<std::uint32_t>(made_->keys_.size());
            made_->keys_.push_back(origin.key);
            made_->codes_of_.push_back(
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
            put(made_->blocks_, made_->sources_.size(),
                from.blocks_[at / CodeBlock::kCodes].get(at % CodeBlock::kCodes));
            made_->sources_.push_back(number << LocalSegment::kPointBits | source.point);
        }
    }

    std::span<const LocalPart> parts_;
    LocalSegment* made_ = nullptr;
    std::vector<std::vector<std::uint32_t>> numbers_;  ///< new number of each picture of each part
};

std::shared_ptr<const LocalSegment> merged_segments(std::span<const LocalPart> parts) {
    return LocalMerger(parts).merge();
}

}  // namespace refrain::index

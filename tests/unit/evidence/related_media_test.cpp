#include "evidence/related_media.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "support/items_in_memory.h"
#include "support/made_up_medium.h"

namespace refrain::evidence {
namespace {

using namespace test;

class Related : public testing::Test {
  protected:
    void add(std::int64_t key, const Fingerprint& medium) {
        Fingerprint own = medium;
        own.media.digest.sha256[0] = static_cast<std::uint8_t>(key);
        items_.add(key, own);
    }

    bool are_related(std::int64_t a, std::int64_t b) {
        RelatedMedia related(items_);
        const Result<bool> answer = related.are_related(a, b);
        EXPECT_TRUE(answer.ok());
        return answer.ok() && *answer;
    }

    ItemsInMemory items_;
};

/// Whether films are related of which the shorter has `shared` of its ten frames from the other.
TEST_F(Related, FilmsAreByHalfOfTheirTime) {
    const Fingerprint film = made_up(1, MediaKind::kVideo, 12, 10);
    add(1, film);
    for (int shared = 0; shared <= 10; ++shared) {
        Fingerprint other =
            made_up(100 + static_cast<std::uint64_t>(shared), MediaKind::kVideo, 10, 10);
        for (int i = 0; i < shared; ++i) {
            other.frames[static_cast<std::size_t>(i)].hash =
                film.frames[static_cast<std::size_t>(i)].hash;
        }
        add(2 + shared, other);
        EXPECT_EQ(are_related(1, 2 + shared), shared >= 5) << shared;
        EXPECT_EQ(are_related(2 + shared, 1), shared >= 5) << shared;
    }
}

TEST_F(Related, PicturesAreByTheirWholeFramesIfTheyHavePoints) {
    const Fingerprint picture = made_up(1, MediaKind::kImage, 1, 31);
    const Fingerprint poor = made_up(2, MediaKind::kImage, 1, 29);
    add(1, picture);
    add(2, poor);
    for (const int bits : {0, 11, 19, 21, 39}) {
        Random random(static_cast<std::uint64_t>(bits));
        Fingerprint other = made_up(3, MediaKind::kImage, 1, 31);
        other.frames[0].hash = with_flipped_bits(picture.frames[0].hash, bits, random);
        add(100 + bits, other);
        EXPECT_EQ(are_related(1, 100 + bits), bits <= 20) << bits;
        other.frames[0].hash = with_flipped_bits(poor.frames[0].hash, bits, random);
        add(200 + bits, other);
        EXPECT_FALSE(are_related(2, 200 + bits)) << bits;
    }
    // Rich enough beside one that is hardly rich enough.
    Fingerprint rich = made_up(4, MediaKind::kImage, 1, 300);
    rich.frames[0].hash = picture.frames[0].hash;
    add(5, rich);
    EXPECT_TRUE(are_related(1, 5));
}

TEST_F(Related, TheSameBytesAreAndWhatIsGoneIsNot) {
    const Fingerprint picture = made_up(1, MediaKind::kImage, 1, 0);
    items_.add(1, picture);
    items_.add(2, picture);
    items_.add(4, made_up(4, MediaKind::kImage, 1, 0));
    EXPECT_TRUE(are_related(1, 2));
    EXPECT_FALSE(are_related(1, 4));
    EXPECT_TRUE(are_related(1, 1));
    EXPECT_FALSE(are_related(1, 3));
}

TEST_F(Related, CountsEachFilmOnceHoweverItIsEncoded) {
    std::set<std::int64_t> keys;
    for (std::int64_t key = 1; key <= 12; ++key) {
        // Three encodings of four films.
        add(key, made_up(static_cast<std::uint64_t>(key % 4), MediaKind::kVideo, 6, 10));
        keys.insert(key);
    }
    RelatedMedia related(items_);
    EXPECT_EQ(related.unrelated(keys).value(), 4U);
    EXPECT_EQ(related.unrelated({1, 5, 9}).value(), 1U);
    EXPECT_EQ(related.unrelated({1}).value(), 1U);
    EXPECT_EQ(related.unrelated({}).value(), 0U);
}

// However many share a frame, few items are read and few pairs compared.
TEST_F(Related, TenThousandItemsAreBounded) {
    class Counting final : public ItemSource {
      public:
        Result<KnownItemPtr> find(std::int64_t key) override {
            ++reads;
            auto item = std::make_shared<KnownItem>();
            item->key = key;
            item->sha256[0] = static_cast<std::uint8_t>(key);
            item->sha256[1] = static_cast<std::uint8_t>(key >> 8);
            return KnownItemPtr(std::move(item));
        }
        Result<std::vector<KnownItemPtr>> find_bytes(const Sha256& /*sha256*/) override {
            return std::vector<KnownItemPtr>();
        }
        void forget(std::int64_t /*key*/) override {}
        std::size_t reads = 0;
    };
    Counting items;
    std::set<std::int64_t> keys;
    for (std::int64_t key = 1; key <= 10'000; ++key) {
        keys.insert(key);
    }
    RelatedMedia related(items);
    EXPECT_EQ(related.unrelated(keys).value(), RelatedMedia::kMostCounted);
    EXPECT_LE(items.reads, RelatedMedia::kMostRead);
}

}  // namespace
}  // namespace refrain::evidence

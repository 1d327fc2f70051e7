#include "evidence/related_media.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "local/local_features.h"
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

/// A film of eight pictures with 48 points, of which the first `shown` pictures have the first
/// `points` from another film, mirrored if wanted, and `bits` bits away.
Fingerprint like_a_crop(const Fingerprint& film, int shown, int points, int bits, bool mirrored) {
    Fingerprint other = made_up(static_cast<std::uint64_t>(1000 + 100 * shown + points + bits),
                                MediaKind::kVideo, 8, 48);
    for (int i = 0; i < shown; ++i) {
        const auto at = static_cast<std::size_t>(i);
        for (int p = 0; p < points; ++p) {
            // Every other point is asked for.
            const auto point = static_cast<std::size_t>(2 * p);
            Hash256 code = film.local[at].points[point].code;
            for (int bit = 0; bit < bits; ++bit) {
                code.words[static_cast<std::size_t>(bit % 4)] ^= std::uint64_t{1} << (bit / 4);
            }
            other.local[at].points[point].code = mirrored ? local::mirrored(code) : code;
        }
    }
    return other;
}

TEST_F(Related, FilmsAreByThePointsOfHalfOfTheirPictures) {
    const Fingerprint film = made_up(1, MediaKind::kVideo, 8, 48);
    add(1, film);
    std::int64_t key = 2;
    const auto is_related = [&](int shown, int points, int bits, bool mirrored) {
        add(key, like_a_crop(film, shown, points, bits, mirrored));
        return are_related(1, key++);
    };
    for (const bool mirrored : {false, true}) {
        EXPECT_TRUE(is_related(8, 24, 0, mirrored)) << "another crop";
        EXPECT_TRUE(is_related(4, 24, 0, mirrored)) << "half of the pictures";
        EXPECT_FALSE(is_related(3, 24, 0, mirrored)) << "a title card";
        EXPECT_TRUE(is_related(8, 5, 0, mirrored)) << "a fifth of 24 points";
        EXPECT_FALSE(is_related(8, 4, 0, mirrored)) << "a logo";
        EXPECT_TRUE(is_related(8, 24, 40, mirrored));
        EXPECT_FALSE(is_related(8, 24, 41, mirrored)) << "like corners of other things";
    }
}

TEST_F(Related, FilmsOfFewPicturesOrPointsAreNotByTheirPoints) {
    std::int64_t key = 1;
    for (const auto& [pictures, points, expected] :
         {std::tuple(3, 48, true), std::tuple(2, 48, false), std::tuple(8, 30, true),
          std::tuple(8, 29, false)}) {
        Fingerprint film = made_up(1, MediaKind::kVideo, pictures, points);
        add(key, film);
        film.frames = made_up(2, MediaKind::kVideo, pictures, points).frames;
        add(key + 1, film);
        EXPECT_EQ(are_related(key, key + 1), expected)
            << pictures << " pictures, " << points << " points";
        key += 2;
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

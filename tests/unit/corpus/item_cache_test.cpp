#include "corpus/item_cache.h"

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/sqlite/sqlite_catalogue.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain::corpus {
namespace {

using test::TempFolder;

store::NewRow row_of(std::uint64_t seed, int frames, std::string bank = "default") {
    std::mt19937_64 random(seed);
    Fingerprint fingerprint;
    fingerprint.media.kind = MediaKind::kVideo;
    fingerprint.media.width = 64;
    fingerprint.media.height = 36;
    fingerprint.media.duration = MediaTime::from_seconds(frames);
    for (std::uint8_t& byte : fingerprint.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    for (int i = 0; i < frames; ++i) {
        // Every other frame is too flat to be searched.
        fingerprint.frames.push_back({MediaTime::from_seconds(i), test::random_hash(random),
                                      static_cast<std::uint8_t>(i % 2 == 0 ? 90 : 0), false});
    }
    fingerprint.decode.decoded_frames = static_cast<std::uint64_t>(frames);
    fingerprint.decode.decoded_until = fingerprint.media.duration;
    store::NewRow row;
    row.id = "m_" + bank + std::to_string(seed);
    row.name = "name of " + std::to_string(seed);
    row.bank = std::move(bank);
    row.media = fingerprint.media;
    row.frames = fingerprint.frames.size();
    row.record = *encode_fingerprint(fingerprint);
    return row;
}

class ItemCacheTest : public testing::Test {
  protected:
    std::int64_t put(const store::NewRow& row) {
        const auto put = store_.put(std::span(&row, 1));
        EXPECT_TRUE(put.ok());
        return put.ok() ? put->front().key : -1;
    }

    TempFolder folder_;
    store::SqliteCatalogue store_ =
        store::SqliteCatalogue::open(folder_ / "corpus", store::Mode::kCreate).value();
    DamageLedger damage_{nullptr};
};

TEST_F(ItemCacheTest, ReadsAnItemWhenItIsAskedFor) {
    const std::int64_t key = put(row_of(1, 10));
    ItemCache cache(store_, damage_);
    const Result<evidence::KnownItemPtr> item = cache.find(key);
    ASSERT_TRUE(item.ok());
    ASSERT_NE(*item, nullptr);
    EXPECT_EQ((*item)->key, key);
    EXPECT_EQ((*item)->name, "name of 1");
    ASSERT_EQ((*item)->frames.size(), 5U);
    EXPECT_EQ((*item)->frames[1].begin, MediaTime::from_seconds(2));
    EXPECT_EQ(*cache.find(key), *item) << "it was read twice";
    const Result<evidence::KnownItemPtr> nothing = cache.find(key + 1);
    ASSERT_TRUE(nothing.ok());
    EXPECT_EQ(*nothing, nullptr);
}

TEST_F(ItemCacheTest, FindsTheSameBytesInEveryBank) {
    put(row_of(1, 4, "one"));
    put(row_of(1, 4, "two"));
    put(row_of(2, 4, "two"));
    ItemCache cache(store_, damage_);
    const auto items = cache.find_bytes(row_of(1, 4).media.digest.sha256);
    ASSERT_TRUE(items.ok());
    ASSERT_EQ(items->size(), 2U);
    EXPECT_NE((*items)[0]->bank, (*items)[1]->bank);
    const auto nothing = cache.find_bytes(row_of(3, 4).media.digest.sha256);
    ASSERT_TRUE(nothing.ok());
    EXPECT_TRUE(nothing->empty());
}

TEST_F(ItemCacheTest, ForgetsWhatWasRemoved) {
    const store::NewRow row = row_of(1, 4);
    const std::int64_t key = put(row);
    ItemCache cache(store_, damage_);
    const evidence::KnownItemPtr held = cache.find(key).value();
    ASSERT_TRUE(store_.remove(std::span(&row.id, 1)).ok());
    EXPECT_TRUE(cache.find_bytes(row.media.digest.sha256).value().empty());
    cache.forget(key);
    EXPECT_EQ(*cache.find(key), nullptr);
    EXPECT_EQ(held->name, row.name) << "who holds an item keeps it";
}

TEST_F(ItemCacheTest, KeepsABoundedNumberOfItems) {
    ItemCache cache(store_, damage_, 100);
    std::vector<std::weak_ptr<const evidence::KnownItem>> seen;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const std::int64_t key = put(row_of(seed, 20));
        seen.push_back(cache.find(key).value());
    }
    const auto kept =
        std::count_if(seen.begin(), seen.end(), [](const auto& item) { return !item.expired(); });
    // An item is 10 frames and 8 for the rest.
    EXPECT_LE(kept, 2 * (100 / 18 + 1));
    EXPECT_GE(kept, 100 / 18);
    EXPECT_FALSE(seen.back().expired());
}

TEST_F(ItemCacheTest, LeavesOutADamagedRecordAndSaysWhich) {
    store::NewRow row = row_of(1, 4);
    row.record[row.record.size() / 2] ^= std::byte{0x10};
    const std::int64_t key = put(row);
    ItemCache cache(store_, damage_);
    for (int i = 0; i < 2; ++i) {
        const Result<evidence::KnownItemPtr> item = cache.find(key);
        ASSERT_TRUE(item.ok());
        EXPECT_EQ(*item, nullptr);
    }
    EXPECT_TRUE(cache.find_bytes(row.media.digest.sha256).value().empty());
    ASSERT_EQ(damage_.count(), 1U) << "it is counted once";
    EXPECT_EQ(damage_.listed()[0].id, row.id);
    EXPECT_NE(damage_.listed()[0].problem.find("checksum"), std::string::npos);
    cache.forget(key);
    EXPECT_EQ(damage_.count(), 0U);
}

}  // namespace
}  // namespace refrain::corpus

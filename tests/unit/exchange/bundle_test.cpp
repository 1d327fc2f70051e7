// Bundles: what is written is read again, and nothing else is believed.
#include "refrain/bundle.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/import.h"

#include "support/random_hash.h"
#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"
#include "unit/feeds/read_text.h"

namespace refrain {
namespace {

NewItem item_of(std::uint64_t seed) {
    test::Draw draw(seed);
    NewItem item;
    item.fingerprint.frames.push_back({MediaTime(), draw.hash(), 100});
    draw.fill(item.fingerprint.media.digest.sha256);
    item.fingerprint.media.digest.bytes = 1000;
    item.name = "picture " + std::to_string(seed);
    item.labels["seed"] = std::to_string(seed);
    item.source = "/somewhere/else";
    return item;
}

std::string bundle_of(std::uint64_t first, std::uint64_t count) {
    std::string bytes;
    BundleWriter writer([&](std::span<const std::byte> more) -> Result<void> {
        bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
        return {};
    });
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        EXPECT_TRUE(writer.add(item_of(seed)).ok());
    }
    EXPECT_TRUE(writer.finish().ok());
    return bytes;
}

struct Reading {
    std::vector<NewItem> items;
    std::map<std::string, std::uint64_t> refused;
};

Reading read(const std::string& bytes, std::size_t step = 1 << 20) {
    Reading reading;
    const auto counts =
        read_bundle(test::bytes_of(bytes, step), {[&](NewItem&& item) {
                                                      reading.items.push_back(std::move(item));
                                                      return true;
                                                  },
                                                  nullptr});
    EXPECT_TRUE(counts.ok());
    reading.refused = counts->refused;
    return reading;
}

TEST(Bundle, GivesBackWhatWasWritten) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20}) {
        const Reading reading = read(bundle_of(1, 3), step);
        ASSERT_EQ(reading.items.size(), 3U);
        EXPECT_TRUE(reading.refused.empty());
        EXPECT_EQ(reading.items[1].fingerprint, item_of(2).fingerprint);
        EXPECT_EQ(reading.items[1].name, "picture 2");
        EXPECT_EQ(reading.items[1].labels, item_of(2).labels);
        EXPECT_EQ(reading.items[1].source, "/somewhere/else");
    }
}

TEST(Bundle, MayBeEmptyOrPutTogether) {
    EXPECT_TRUE(read(bundle_of(1, 0)).items.empty());
    const Reading reading = read(bundle_of(1, 2) + bundle_of(3, 0) + bundle_of(4, 1));
    EXPECT_EQ(reading.items.size(), 3U);
    EXPECT_TRUE(reading.refused.empty());
}

TEST(Bundle, IsRefusedWhereverItIsCut) {
    const std::string whole = bundle_of(1, 2);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Reading reading = read(whole.substr(0, size));
        EXPECT_FALSE(reading.refused.empty()) << size;
        EXPECT_LE(reading.items.size(), 2U);
    }
}

TEST(Bundle, NoticesEveryFlippedBit) {
    const std::string whole = bundle_of(1, 2);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
        const Reading reading = read(damaged);
        EXPECT_FALSE(reading.refused.empty()) << i;
        for (const NewItem& item : reading.items) {
            const std::uint64_t seed = item.name == "picture 1" ? 1 : 2;
            EXPECT_EQ(item.fingerprint, item_of(seed).fingerprint) << i;
        }
    }
}

TEST(Bundle, OfWhichARecordIsDamagedGivesTheOthers) {
    std::string bytes = bundle_of(1, 3);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    const Reading reading = read(bytes);
    EXPECT_EQ(reading.items.size(), 2U);
    EXPECT_EQ(reading.refused.at("bad_checksum"), 1U);
}

TEST(HashOnly, StandsForItsCodeAlone) {
    FeedEntry entry;
    entry.kind = SignalKind::kPdq;
    entry.pdq = test::Draw(7).hash();
    entry.labels = {{"name", "a.jpg"}, {"note", "n"}};
    const auto one = hash_only_item(entry);
    ASSERT_TRUE(one.ok());
    EXPECT_TRUE(check_fingerprint(one->fingerprint).ok());
    EXPECT_TRUE(is_hash_only(one->fingerprint.media));
    EXPECT_EQ(one->name, "a.jpg");
    entry.labels.clear();
    EXPECT_EQ(hash_only_item(entry)->fingerprint, one->fingerprint);
    entry.pdq = test::Draw(8).hash();
    EXPECT_NE(hash_only_item(entry)->fingerprint.media.digest, one->fingerprint.media.digest);
    entry.kind = SignalKind::kNone;
    EXPECT_EQ(hash_only_item(entry).error().code, ErrorCode::kInvalidArgument);
}

TEST(HashOnly, OfAnEarlierVersionHoldsExactCodesToo) {
    FeedEntry entry;
    entry.kind = SignalKind::kPdq;
    entry.pdq = test::Draw(7).hash();
    const Fingerprint now = hash_only_item(entry)->fingerprint;
    EXPECT_EQ(now.codes, CodeKind::kExactPdq);
    Fingerprint earlier = now;
    earlier.codes = CodeKind::kAreaMeans;
    EXPECT_EQ(decode_fingerprint(encode_fingerprint(earlier).value())->codes, CodeKind::kExactPdq);
    // Nothing else is taken for one.
    earlier.media.digest.sha256[0] = static_cast<std::uint8_t>(earlier.media.digest.sha256[0] ^ 1);
    EXPECT_EQ(decode_fingerprint(encode_fingerprint(earlier).value())->codes, CodeKind::kAreaMeans);
}

class Imports : public ::testing::Test {
  protected:
    [[nodiscard]] Corpus corpus(const std::string& name = "corpus") const {
        return Corpus::open(folder_ / name, CorpusMode::kCreate).value();
    }
    static ImportCounts import(Corpus& corpus,
                               const std::string& bytes,
                               const ImportOptions& options = {}) {
        return import_into(corpus, test::bytes_of(bytes, 1 << 20), options).value();
    }
    static std::vector<std::string> ids_of(const Corpus& corpus) {
        std::vector<std::string> ids;
        EXPECT_TRUE(corpus
                        .list([&](const ItemSummary& item) {
                            ids.push_back(item.id + " " + item.bank);
                            return true;
                        })
                        .ok());
        return ids;
    }

    test::TempFolder folder_;
};

TEST_F(Imports, KeepsACodeOnceHoweverOftenItComes) {
    Corpus known = corpus();
    const std::string hex = to_hex(test::Draw(1).hash());
    std::string list;
    for (int i = 0; i < 10'000; ++i) {
        list += hex + "\n";
    }
    const ImportCounts first = import(known, list);
    EXPECT_EQ(first.added, 1U);
    EXPECT_EQ(first.exists, 9'999U);
    const ImportCounts second = import(known, "hash=" + hex + ",quality=100\n");
    EXPECT_EQ(second.added, 0U);
    EXPECT_EQ(second.exists, 1U);
}

TEST_F(Imports, RefusesBadLinesAndKeepsTheOthers) {
    Corpus known = corpus();
    const ImportCounts counts =
        import(known, to_hex(test::Draw(1).hash()) + "\nabc\n" + to_hex(test::Draw(2).hash()) +
                          "00\n" + to_hex(test::Draw(3).hash()));
    EXPECT_EQ(counts.added, 2U);
    EXPECT_EQ(counts.refused.at("odd_digits"), 1U);
    EXPECT_EQ(counts.refused.at("wrong_length"), 1U);
}

TEST_F(Imports, RefusesAnIdThatAnotherItemHas) {
    Corpus known = corpus();
    NewItem taken = item_of(9);
    taken.id = "x";
    ASSERT_TRUE(known.add(std::span(&taken, 1)).ok());
    std::string bytes;
    BundleWriter writer([&](std::span<const std::byte> more) -> Result<void> {
        bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
        return {};
    });
    NewItem same_id = item_of(1);
    same_id.id = "x";
    ASSERT_TRUE(writer.add(same_id).ok());
    ASSERT_TRUE(writer.add(item_of(2)).ok());
    ASSERT_TRUE(writer.finish().ok());
    const ImportCounts counts = import(known, bytes);
    EXPECT_EQ(counts.added, 1U);
    EXPECT_EQ(counts.refused.at("id_taken"), 1U);
}

TEST_F(Imports, OfABundleGiveTheSameAnswersElsewhere) {
    Corpus here = corpus("here");
    ASSERT_EQ(import(here, bundle_of(1, 40)).added, 40U);
    std::string list;
    for (std::uint64_t seed = 100; seed < 140; ++seed) {
        list += to_hex(test::Draw(seed).hash()) + "\n";
    }
    ASSERT_EQ(import(here, list, {FeedFormat::kAuto, false, "lists", {}, {}, {}}).added, 40U);

    std::string bytes;
    BundleWriter writer([&](std::span<const std::byte> more) -> Result<void> {
        bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
        return {};
    });
    ASSERT_TRUE(here.each_fingerprint([&](const ItemSummary& item, Fingerprint&& fingerprint) {
                        NewItem known;
                        known.fingerprint = std::move(fingerprint);
                        known.id = item.id;
                        known.bank = item.bank;
                        known.name = item.name;
                        known.labels = item.labels;
                        return writer.add(known).ok();
                    })
                    .ok());
    ASSERT_TRUE(writer.finish().ok());
    Corpus there = corpus("there");
    EXPECT_EQ(import(there, bytes).added, 80U);
    EXPECT_EQ(import(there, bytes).exists, 80U);
    EXPECT_EQ(ids_of(there), ids_of(here));

    for (std::uint64_t seed = 1; seed < 140; seed += 3) {
        Fingerprint query;
        query.frames.push_back({MediaTime(), test::Draw(seed).hash(), 100});
        query.frames[0].hash.words[0] ^= 0xFF;
        const auto a = here.find(query);
        const auto b = there.find(query);
        ASSERT_TRUE(a.ok() && b.ok());
        ASSERT_EQ(a->matches.size(), b->matches.size()) << seed;
        const bool is_known = seed <= 40 || seed >= 100;
        EXPECT_EQ(a->matches.size(), is_known ? 1U : 0U) << seed;
        for (std::size_t i = 0; i < a->matches.size(); ++i) {
            EXPECT_EQ(a->matches[i].id, b->matches[i].id);
            EXPECT_DOUBLE_EQ(a->matches[i].score, b->matches[i].score);
        }
    }
}

}  // namespace
}  // namespace refrain

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

#include "evidence/edges/edge_search.h"
#include "hash/edge_hash.h"
#include "support/gray_picture.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

// docs/decisions/0078-edge-codes.md.
namespace refrain {
namespace {

/// A picture with a code of its edges, and too few points to be placed.
Fingerprint picture(std::uint64_t seed, const std::optional<Hash256>& edges) {
    Fingerprint medium = test::made_up(seed, MediaKind::kImage, 1, 4);
    medium.local[0].edges = edges;
    return medium;
}

class Edges : public testing::Test {
  protected:
    Edges() {
        std::vector<NewItem> items;
        for (std::uint64_t i = 0; i < 12; ++i) {
            known_.push_back(test::random_hash(random_));
            NewItem item;
            item.id = item.name = "item" + std::to_string(i);
            item.fingerprint = picture(20 + i, known_.back());
            items.push_back(std::move(item));
        }
        EXPECT_TRUE(corpus_.add(items).ok());
    }

    std::vector<Match> find(const Fingerprint& query, Effort effort = Effort::kNormal) {
        FindOptions options;
        options.effort = effort;
        Result<FindAnswer> answer = corpus_.find(query, options);
        EXPECT_TRUE(answer.ok());
        return answer.ok() ? std::move(answer->matches) : std::vector<Match>();
    }

    /// `bits` away from the edges of a known item.
    Hash256 near(std::size_t item, int bits) {
        return test::with_flipped_bits(known_[item], bits, random_);
    }

    std::mt19937_64 random_{1};
    std::vector<Hash256> known_;
    test::TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
};

TEST_F(Edges, OfAKnownPictureAreACopyAndCalledWholeFrames) {
    for (const std::size_t item : {0U, 5U, 11U}) {
        const std::vector<Match> matches = find(picture(1000, near(item, 40)));
        ASSERT_EQ(matches.size(), 1U);
        EXPECT_EQ(matches[0].name, "item" + std::to_string(item));
        EXPECT_EQ(matches[0].relation, Relation::kCopy);
        EXPECT_EQ(matches[0].evidence, std::vector{Evidence::kFrames});
        ASSERT_TRUE(matches[0].transform);
        EXPECT_FALSE(matches[0].transform->is_mirrored);
        EXPECT_FALSE(matches[0].transform->is_negative);
    }
}

// verdict::kMaxEdgeDistance: 48 bits.
TEST_F(Edges, AreBelievedUpTo48Bits) {
    EXPECT_EQ(find(picture(1000, near(3, 48))).size(), 1U);
    EXPECT_TRUE(find(picture(1000, near(3, 49))).empty());
}

TEST_F(Edges, OfTheMirroredPictureAreFound) {
    const std::vector<Match> matches = find(picture(1000, evidence::mirrored_code(near(2, 30))));
    ASSERT_EQ(matches.size(), 1U);
    EXPECT_EQ(matches[0].name, "item2");
    EXPECT_TRUE(matches[0].transform->is_mirrored);
}

TEST_F(Edges, AreFoundWhereTheQueryIsADrawingOfThem) {
    for (const bool is_dark_on_light : {false, true}) {
        Fingerprint query = picture(1000, test::random_hash(random_));
        const Hash256 drawn = near(7, 35);
        query.frames[0].hash = is_dark_on_light ? complement(drawn) : drawn;
        const std::vector<Match> matches = find(query);
        ASSERT_EQ(matches.size(), 1U) << is_dark_on_light;
        EXPECT_EQ(matches[0].name, "item7");
    }
}

TEST_F(Edges, AreNotLookedAtInAHurryNorInFilms) {
    EXPECT_TRUE(find(picture(1000, near(3, 10)), Effort::kFast).empty());
    Fingerprint film = test::made_up(1000, MediaKind::kVideo, 1, 4);
    film.local[0].edges = near(3, 10);
    EXPECT_TRUE(find(film).empty());
    EXPECT_TRUE(find(picture(1000, std::nullopt)).empty());
}

// Whole frames 31 bits apart of pictures with points to place, none of which agrees: a look-alike.
TEST_F(Edges, SayNothingOfAnItemThatOthersHaveSeen) {
    NewItem item;
    item.id = item.name = "sibling";
    item.fingerprint = test::made_up(500, MediaKind::kImage, 1, 300);
    const Hash256 edges = test::random_hash(random_);
    item.fingerprint.local[0].edges = edges;
    const Hash256 frame = item.fingerprint.frames[0].hash;
    ASSERT_TRUE(corpus_.add({&item, 1}).ok());
    Fingerprint query = test::made_up(1000, MediaKind::kImage, 1, 300);
    query.local[0].edges = test::with_flipped_bits(edges, 10, random_);
    EXPECT_EQ(find(query).size(), 1U) << "by edges alone";
    query.frames[0].hash = test::with_flipped_bits(frame, 28, random_);
    EXPECT_TRUE(find(query).empty());
}

// ScoreRules::redrawn: 68 bits. Of graphics that share a template some whole frames lie further
// apart than any search looks, and still as no picture lies that was redrawn.
TEST_F(Edges, SayNothingOfWhatWasNotRedrawn) {
    const Hash256 frame = picture(23, std::nullopt).frames[0].hash;
    for (const bool is_negative : {false, true}) {
        for (const int bits : {40, 67, 68, 90}) {
            Fingerprint query = picture(1000, near(3, 20));
            query.frames[0].hash = test::with_flipped_bits(frame, bits, random_);
            if (is_negative) {
                query.frames[0].hash = complement(query.frames[0].hash);
            }
            EXPECT_EQ(find(query).size(), bits < 68 ? 0U : 1U) << bits << " " << is_negative;
        }
    }
}

TEST_F(Edges, OfARemovedItemFindNothing) {
    ASSERT_TRUE(corpus_.remove(std::vector<std::string>{"item4"}).ok());
    EXPECT_TRUE(find(picture(1000, near(4, 10))).empty());
}

TEST(MirroredCode, IsThatOfTheMirroredPictureButForAFewBits) {
    for (std::uint32_t seed = 1; seed < 20; ++seed) {
        const test::GrayPicture upright = test::boxes_picture(512, 400, seed);
        const std::optional<Hash256> code = hash::edge_hash(upright.view());
        const std::optional<Hash256> mirrored = hash::edge_hash(test::mirror_of(upright).view());
        ASSERT_TRUE(code && mirrored);
        EXPECT_LE(hamming_distance(evidence::mirrored_code(*code), *mirrored), 12) << seed;
        EXPECT_EQ(evidence::mirrored_code(evidence::mirrored_code(*code)), *code);
    }
}

}  // namespace
}  // namespace refrain

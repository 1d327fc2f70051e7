// A corpus of exact PDQ codes answers as a plain loop does, which is what Meta's matchers do.
#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/bundle.h"
#include "refrain/corpus.h"

#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

constexpr int kRadius = 31;  // of Meta's matchers

/// A picture as a query: codes of its own, and exact ones in all views.
Fingerprint picture(std::mt19937_64& random) {
    Fingerprint query;
    query.media.digest.bytes = 1000;
    for (std::uint8_t& byte : query.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    query.frames.push_back({MediaTime(), test::random_hash(random), 100});
    DihedralHashes views{query.frames.front().hash};
    ExactCode exact;
    exact.quality = 100;
    for (std::size_t view = 0; view < kDihedralViews; ++view) {
        views[view] = view == 0 ? views[view] : test::random_hash(random);
        exact.views[view] = test::random_hash(random);
    }
    query.views.push_back(views);
    query.exact.push_back(exact);
    return query;
}

NewItem listed(const Hash256& code, int quality = 100) {
    FeedEntry entry;
    entry.kind = SignalKind::kPdq;
    entry.pdq = code;
    entry.quality = static_cast<std::uint8_t>(quality);
    return hash_only_item(entry).value();
}

class PdqList : public ::testing::Test {
  protected:
    PdqList() : corpus_(Corpus::open(folder_ / "corpus", CorpusMode::kCreate).value()) {}

    /// Makes a code known once. @return its id
    std::string know(const Hash256& code, int quality = 100) {
        const NewItem item = listed(code, quality);
        const std::string id = corpus_.add(std::span(&item, 1)).value().front().id;
        codes_[id] = code;
        return id;
    }

    /// The ids and scores of all that is found, whatever it scores.
    [[nodiscard]] std::map<std::string, double> found(const Fingerprint& query) const {
        FindOptions options;
        options.min_score = 0;
        options.max_matches = 1000;
        const FindAnswer answer = corpus_.find(query, options).value();
        EXPECT_EQ(answer.bounded, "");
        std::map<std::string, double> ids;
        for (const Match& match : answer.matches) {
            ids[match.id] = match.score;
        }
        return ids;
    }

    [[nodiscard]] std::set<std::string> found_ids(const Fingerprint& query) const {
        std::set<std::string> ids;
        for (const auto& [id, score] : found(query)) {
            ids.insert(id);
        }
        return ids;
    }

    /// The plain loop. @param views  of the query's exact codes, the first ones
    [[nodiscard]] std::set<std::string> near(const Fingerprint& query, std::size_t views) const {
        std::set<std::string> ids;
        for (const auto& [id, code] : codes_) {
            for (std::size_t view = 0; view < views; ++view) {
                if (hamming_distance(query.exact.front().views[view], code) <= kRadius) {
                    ids.insert(id);
                }
            }
        }
        return ids;
    }

    test::TempFolder folder_;
    Corpus corpus_;
    std::map<std::string, Hash256> codes_;
};

TEST_F(PdqList, FindsWhatAPlainLoopFindsInEveryView) {
    std::mt19937_64 random(11);
    std::vector<Fingerprint> queries;
    std::vector<NewItem> items;
    for (int i = 0; i < 20; ++i) {
        queries.push_back(picture(random));
        // Around the radius, in each view, some of them several times.
        for (std::size_t view = 0; view < kDihedralViews; ++view) {
            for (const int bits : {0, 17, 30, 31, 32, 33}) {
                items.push_back(listed(test::with_flipped_bits(
                    queries.back().exact.front().views[view], bits, random)));
            }
        }
    }
    for (int i = 0; i < 2000; ++i) {
        items.push_back(listed(test::random_hash(random)));
    }
    std::shuffle(items.begin(), items.end(), random);
    const std::vector<AddOutcome> added = corpus_.add(items).value();
    for (std::size_t i = 0; i < items.size(); ++i) {
        codes_[added[i].id] = items[i].fingerprint.frames.front().hash;
    }
    for (const Fingerprint& query : queries) {
        const std::set<std::string> expected = near(query, kDihedralViews);
        EXPECT_EQ(expected.size(), kDihedralViews * 4);
        EXPECT_EQ(found_ids(query), expected);
        // Meta's matcher compares the upright code alone; all that it finds is a match by default.
        const std::map<std::string, double> scores = found(query);
        for (const std::string& id : near(query, 1)) {
            EXPECT_GE(scores.at(id), kDefaultMinScore);
        }
    }
}

TEST_F(PdqList, ComparesExactCodesAlone) {
    std::mt19937_64 random(12);
    const Fingerprint query = picture(random);
    know(query.frames.front().hash);  // of the other kind: equal by chance
    EXPECT_TRUE(found(query).empty());
    know(query.exact.front().views[0]);
    EXPECT_EQ(found(query).size(), 1U);
}

TEST_F(PdqList, ComparesWhatThereIsWhereAQueryHasNoExactCodes) {
    std::mt19937_64 random(13);
    Fingerprint query = picture(random);
    know(test::with_flipped_bits(query.frames.front().hash, 12, random));
    query.exact.clear();
    EXPECT_EQ(found(query).size(), 1U);
}

TEST_F(PdqList, ManyEntriesOfOnePictureHideNoneOfThem) {
    std::mt19937_64 random(14);
    const Fingerprint query = picture(random);
    for (int i = 0; i < 100; ++i) {
        know(test::with_flipped_bits(query.exact.front().views[0], 20, random));
    }
    const std::map<std::string, double> scores = found(query);
    EXPECT_EQ(scores.size(), 100U);
    for (const auto& [id, score] : scores) {
        EXPECT_GE(score, kDefaultMinScore);
    }
}

TEST_F(PdqList, KnowsWhetherItHoldsAny) {
    std::mt19937_64 random(15);
    EXPECT_FALSE(corpus_.has_hash_lists().value());
    NewItem medium;
    medium.fingerprint = picture(random);
    ASSERT_TRUE(corpus_.add(std::span(&medium, 1)).ok());
    EXPECT_FALSE(corpus_.has_hash_lists().value());
    const std::string id = know(test::random_hash(random));
    EXPECT_TRUE(corpus_.has_hash_lists().value());
    ASSERT_TRUE(corpus_.remove(std::span(&id, 1)).ok());
    EXPECT_FALSE(corpus_.has_hash_lists().value());
}

TEST_F(PdqList, FindsAnEntryOfLittleDetailAsMetasMatcherDoes) {
    std::mt19937_64 random(16);
    const Fingerprint query = picture(random);
    const std::string id = know(query.exact.front().views[0], 0);
    EXPECT_TRUE(found(query).contains(id));
}

TEST_F(PdqList, LeavesMediaAlone) {
    std::mt19937_64 random(17);
    const Fingerprint query = picture(random);
    NewItem medium;
    medium.fingerprint = query;
    medium.fingerprint.media.digest.sha256[0] ^= 1;
    medium.name = "medium";
    ASSERT_TRUE(corpus_.add(std::span(&medium, 1)).ok());
    const double alone = found(query).begin()->second;
    const std::string id = know(query.exact.front().views[0]);
    for (int i = 0; i < 50; ++i) {
        know(test::random_hash(random));
    }
    const std::map<std::string, double> both = found(query);
    ASSERT_EQ(both.size(), 2U);
    for (const auto& [found_id, score] : both) {
        if (found_id != id) {
            EXPECT_EQ(score, alone);
        }
    }
}

/// A film as a query: a frame every half second, 20 s.
Fingerprint film(std::mt19937_64& random, int frames) {
    Fingerprint query = picture(random);
    query.media.kind = MediaKind::kVideo;
    query.frames.clear();
    query.views.clear();
    query.exact.clear();
    for (int i = 0; i < frames; ++i) {
        const Fingerprint one = picture(random);
        query.frames.push_back(one.frames.front());
        query.frames.back().time = MediaTime::from_ms(500 * i);
        query.views.push_back(one.views.front());
        query.exact.push_back(one.exact.front());
    }
    query.media.duration = MediaTime::from_ms(500 * frames);
    query.decode.decoded_until = query.media.duration;
    return query;
}

TEST_F(PdqList, AlignsTheFramesOfAFilm) {
    std::mt19937_64 random(18);
    const Fingerprint query = film(random, 40);
    // What the list holds: a frame a second from the sixth second of the query on, and then others.
    FeedEntry entry;
    entry.kind = SignalKind::kVpdq;
    for (int second = 0; second < 10; ++second) {
        const auto at = static_cast<std::size_t>(12 + 2 * second);
        entry.frames.push_back({MediaTime::from_seconds(second),
                                test::with_flipped_bits(query.exact[at].views[0], 14, random), 90});
    }
    for (int second = 10; second < 30; ++second) {
        entry.frames.push_back({MediaTime::from_seconds(second), test::random_hash(random), 90});
    }
    const NewItem item = hash_only_item(entry).value();
    ASSERT_TRUE(corpus_.add(std::span(&item, 1)).ok());
    const FindAnswer answer = corpus_.find(query).value();
    ASSERT_EQ(answer.matches.size(), 1U);
    const Match& match = answer.matches.front();
    EXPECT_GT(match.score, 20);
    ASSERT_EQ(match.segments.size(), 1U);
    const Segment& segment = match.segments.front();
    EXPECT_NEAR(segment.query->begin.seconds(), 6, 0.6);
    EXPECT_NEAR(segment.query->end.seconds(), 16, 1.1);
    EXPECT_NEAR(segment.reference->begin.seconds(), 0, 0.6);
    EXPECT_NEAR(segment.reference->end.seconds(), 10, 1.1);
    EXPECT_NEAR(segment.speed, 1, 0.01);
}

}  // namespace
}  // namespace refrain

// Items of which only digests are known, and the digests of a query.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/bundle.h"
#include "refrain/corpus.h"

#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

/// A picture that was never decoded, with all digests of its bytes.
Fingerprint query_of(std::uint64_t seed) {
    test::Draw draw(seed);
    Fingerprint query;
    query.media.digest.bytes = 1000;
    draw.fill(query.media.digest.sha256);
    draw.fill(query.media.digest.sha1);
    draw.fill(query.media.digest.md5);
    query.frames.push_back({MediaTime(), draw.hash(), 90});
    return query;
}

template <typename Digest>
NewItem listed(SignalKind kind, const Digest& digest, const std::string& bank = "default") {
    FeedEntry entry;
    entry.kind = kind;
    std::copy(digest.begin(), digest.end(), entry.digest.begin());
    NewItem item = hash_only_item(entry).value();
    item.bank = bank;
    return item;
}

class DigestLists : public ::testing::Test {
  protected:
    DigestLists() : corpus_(Corpus::open(folder_ / "corpus", CorpusMode::kCreate).value()) {}

    AddOutcome know(const NewItem& item) {
        return corpus_.add(std::span(&item, 1)).value().front();
    }
    [[nodiscard]] std::vector<Match> found(const Fingerprint& query) const {
        return corpus_.find(query).value().matches;
    }

    test::TempFolder folder_;
    Corpus corpus_;
};

TEST_F(DigestLists, FindTheSameBytesByEachAlgorithm) {
    const Fingerprint query = query_of(1);
    const ByteDigest& bytes = query.media.digest;
    const std::string md5 = know(listed(SignalKind::kMd5, bytes.md5)).id;
    const std::string sha1 = know(listed(SignalKind::kSha1, bytes.sha1)).id;
    const std::string sha256 = know(listed(SignalKind::kSha256, bytes.sha256)).id;
    const std::vector<Match> matches = found(query);
    ASSERT_EQ(matches.size(), 3U);
    // The longer the digest, the surer.
    EXPECT_EQ(matches[0].id, sha256);
    EXPECT_EQ(matches[1].id, sha1);
    EXPECT_EQ(matches[2].id, md5);
    for (const Match& match : matches) {
        EXPECT_EQ(match.evidence, std::vector<Evidence>{Evidence::kExact});
        EXPECT_GT(match.score, 38);
    }
    EXPECT_TRUE(found(query_of(2)).empty());
}

TEST_F(DigestLists, DoNotStandInTheWayOfTheMedium) {
    const Fingerprint medium = query_of(1);
    know(listed(SignalKind::kSha256, medium.media.digest.sha256));
    NewItem item;
    item.fingerprint = medium;
    EXPECT_EQ(know(item).status, AddStatus::kAdded);
    EXPECT_EQ(found(medium).size(), 2U);
}

TEST_F(DigestLists, KeepADigestOnceAndForgetIt) {
    const Fingerprint query = query_of(1);
    const NewItem item = listed(SignalKind::kMd5, query.media.digest.md5);
    const AddOutcome first = know(item);
    EXPECT_FALSE(first.is_searchable);
    EXPECT_EQ(know(item).status, AddStatus::kExists);
    EXPECT_EQ(know(listed(SignalKind::kMd5, query.media.digest.md5, "other")).status,
              AddStatus::kAdded);
    ASSERT_TRUE(corpus_.remove(std::span(&first.id, 1)).ok());
    const std::vector<Match> matches = found(query);
    ASSERT_EQ(matches.size(), 1U);
    EXPECT_EQ(matches.front().bank, "other");
    FindOptions options;
    options.banks = {"default"};
    EXPECT_TRUE(corpus_.find(query, options).value().matches.empty());
}

TEST_F(DigestLists, AreSound) {
    know(listed(SignalKind::kMd5, query_of(1).media.digest.md5));
    EXPECT_EQ(corpus_.verify().value().damaged, 0U);
}

TEST_F(DigestLists, AreToldByNoDigestThatIsMissing) {
    Fingerprint query = query_of(1);
    query.media.digest.md5 = {};
    know(listed(SignalKind::kMd5, Md5{}));
    EXPECT_TRUE(found(query).empty());
}

}  // namespace
}  // namespace refrain

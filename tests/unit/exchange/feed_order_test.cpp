// Feeds whose pages come twice, in the wrong order, or with clocks that are wrong.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"
#include "refrain/import.h"

#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"
#include "unit/feeds/read_text.h"

namespace refrain {
namespace {

/// An update of ThreatExchange. @param id  also says which hash it is
std::string update(int id, std::int64_t seconds, bool is_deleted = false) {
    return R"({"id":")" + std::to_string(id) + R"(","indicator":")" +
           to_hex(test::Draw(static_cast<std::uint64_t>(id) + 1).hash()) +
           R"(","type":"HASH_PDQ","last_updated":)" + std::to_string(seconds) +
           R"(,"should_delete":)" + (is_deleted ? "true" : "false") + "}";
}

std::string page(const std::vector<std::string>& updates) {
    std::string text = R"({"data":[)";
    for (const std::string& one : updates) {
        text += (text.back() == '[' ? "" : ",") + one;
    }
    return text + "]}\n";
}

class FeedOrder : public ::testing::Test {
  protected:
    FeedOrder() : corpus_(Corpus::open(folder_ / "corpus", CorpusMode::kCreate).value()) {}

    ImportCounts import(const std::string& pages, const std::string& source = "feed") {
        ImportOptions options;
        options.format = FeedFormat::kThreatExchange;
        options.source = source;
        ImportCounts counts = import_into(corpus_, test::bytes_of(pages, 1 << 20), options).value();
        EXPECT_FALSE(counts.error);
        EXPECT_TRUE(counts.refused.empty());
        return counts;
    }
    [[nodiscard]] std::size_t items() const { return corpus_.stats().value().items; }

    static constexpr std::int64_t kNow = 1'700'000'000;
    static constexpr std::int64_t kFarAhead = 32'000'000'000;  // the year 2984

    test::TempFolder folder_;
    Corpus corpus_;
};

TEST_F(FeedOrder, APageThatComesTwiceChangesNothing) {
    const std::string first = page({update(1, kNow), update(2, kNow), update(3, kNow)});
    const ImportCounts twice = import(first + first);
    EXPECT_EQ(twice.added, 3U);
    EXPECT_EQ(twice.exists, 3U);
    const std::uint64_t changes = corpus_.last_change().value();
    EXPECT_EQ(import(first).exists, 3U);
    EXPECT_EQ(corpus_.last_change().value(), changes);
}

TEST_F(FeedOrder, APageThatComesAgainBringsNothingBackThatWasTakenBackLater) {
    const std::string first = page({update(1, kNow), update(2, kNow)});
    const std::string second = page({update(1, kNow + 1, true)});
    EXPECT_EQ(import(first + second + first + second).deleted, 1U);
    EXPECT_EQ(items(), 1U);
    EXPECT_EQ(import(page({update(1, kNow + 2)})).added, 1U) << "said anew";
}

TEST_F(FeedOrder, AnEntryMayBeTakenBackBeforeItIsSaid) {
    EXPECT_EQ(import(page({update(1, kNow, true), update(1, kNow - 1)})).stale, 1U);
    EXPECT_EQ(items(), 0U);
    EXPECT_EQ(import(page({update(1, kNow + 1)})).added, 1U);
}

TEST_F(FeedOrder, TimesOfAFeedAreComparedWithItsOwnAlone) {
    // Centuries ahead of our clock, and before our clock began.
    EXPECT_EQ(import(page({update(1, kFarAhead)})).added, 1U);
    EXPECT_EQ(import(page({update(1, 1)}), "slow").exists, 1U);
    EXPECT_EQ(import(page({update(1, kNow, true)})).stale, 1U) << "older than what it said";
    EXPECT_EQ(import(page({update(1, 2, true)}), "slow").kept, 1U) << "the other still says so";
    EXPECT_EQ(import(page({update(1, kFarAhead + 1, true)})).deleted, 1U);
    EXPECT_EQ(items(), 0U);
}

}  // namespace
}  // namespace refrain

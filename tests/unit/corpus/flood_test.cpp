// An item that suddenly matches far too often, seen through the corpus.
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

Fingerprint picture(std::uint64_t seed) {
    test::Draw draw(seed);
    Fingerprint made;
    made.media.digest.bytes = 1000;
    draw.fill(made.media.digest.sha256);
    made.frames.push_back({MediaTime(), draw.hash(), 100});
    return made;
}

class Flood : public ::testing::Test {
  protected:
    /// @param least  matches that are never too many; 0: nobody watches
    Corpus open(std::uint64_t least) {
        CorpusOptions options;
        if (least > 0) {
            // So long that no window ends while the test runs.
            options.flood_guard = FloodLimits{MediaTime::from_seconds(1e9), least, 3};
        }
        return Corpus::open(folder_ / "corpus", CorpusMode::kCreate, options).value();
    }
    static std::string know(Corpus& corpus, std::uint64_t seed) {
        NewItem item;
        item.fingerprint = picture(seed);
        return corpus.add(std::span(&item, 1)).value().front().id;
    }
    static Action ask(const Corpus& corpus, std::uint64_t seed) {
        return corpus.find(picture(seed)).value().action.value();
    }

    test::TempFolder folder_;
};

TEST_F(Flood, PutsTheItemInShadowForEverybodyAndSaysSo) {
    constexpr std::uint64_t kLeast = 5;
    Corpus watched = open(kLeast);
    const std::string often = know(watched, 1);
    const std::string seldom = know(watched, 2);
    for (std::uint64_t i = 0; i < kLeast; ++i) {
        EXPECT_EQ(ask(watched, 1), Action::kEnforce) << i;
    }
    EXPECT_EQ(ask(watched, 2), Action::kEnforce);
    EXPECT_EQ(ask(watched, 1), Action::kEnforce) << "the one that is too many is still answered";
    EXPECT_EQ(ask(watched, 1), Action::kShadow);
    EXPECT_EQ(ask(watched, 2), Action::kEnforce);
    EXPECT_TRUE(watched.item(often).value()->state.is_shadow);
    EXPECT_FALSE(watched.item(seldom).value()->state.is_shadow);
    EXPECT_EQ(ask(open(0), 1), Action::kShadow) << "of another process, too";

    const std::vector<LogEntry> log = watched.log(0, 100).value();
    ASSERT_EQ(log.size(), 3U);
    EXPECT_EQ(log.back().kind, ChangeKind::kShadow);
    EXPECT_EQ(log.back().id, often);
    EXPECT_EQ(log.back().author.by, "flood guard");

    // Somebody looked at it.
    ItemEdit enable;
    enable.id = often;
    enable.is_searched = Switch::kEnable;
    ASSERT_EQ(watched.edit(std::span(&enable, 1), {"curator", "seen"}).value().front().status,
              EditStatus::kChanged);
    EXPECT_EQ(ask(watched, 1), Action::kEnforce);
}

TEST_F(Flood, IsNotWatchedUnlessAskedFor) {
    Corpus corpus = open(0);
    know(corpus, 1);
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(ask(corpus, 1), Action::kEnforce);
    }
    EXPECT_EQ(corpus.last_change().value(), 1U);
}

}  // namespace
}  // namespace refrain

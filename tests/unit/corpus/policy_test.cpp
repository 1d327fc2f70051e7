#include "corpus/policy.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "corpus/flood_guard.h"

namespace refrain::corpus {
namespace {

Match match_of(const std::string& id, const std::string& bank, double score) {
    Match match;
    match.id = id;
    match.bank = bank;
    match.score = score;
    match.evidence = {Evidence::kFrames};
    return match;
}

void set_time(Match& match, std::int64_t begin_ms, std::int64_t end_ms) {
    Segment segment;
    segment.query = TimeSpan{MediaTime::from_ms(begin_ms), MediaTime::from_ms(end_ms)};
    match.segments.push_back(segment);
}

void set_box(Match& match, const std::array<double, 4>& box) {
    match.transform = Transform();
    match.transform->box = box;
}

const Policy kPolicy({{"deny", BankMode::kEnforce, BankKind::kDeny, std::nullopt, ""},
                      {"high", BankMode::kEnforce, BankKind::kDeny, 12.0, ""},
                      {"trial", BankMode::kShadow, BankKind::kDeny, std::nullopt, ""},
                      {"off", BankMode::kOff, BankKind::kDeny, std::nullopt, ""},
                      {"allow", BankMode::kEnforce, BankKind::kAllow, std::nullopt, ""},
                      {"maybe", BankMode::kShadow, BankKind::kAllow, std::nullopt, ""}});

std::vector<Action> judged(std::vector<Match> matches, Action all, FindOptions options = {}) {
    const std::vector<bool> shadows(matches.size(), false);
    EXPECT_EQ(kPolicy.judge(matches, shadows, options), all);
    std::vector<Action> actions;
    for (const Match& match : matches) {
        actions.push_back(match.action);
    }
    return actions;
}

using Actions = std::vector<Action>;

TEST(Policy, SearchesAllBanksButThoseThatAreOff) {
    EXPECT_EQ(kPolicy.searched({}),
              (std::vector<std::string>{"deny", "high", "trial", "allow", "maybe"}));
    const std::vector<std::string> wanted{"off", "deny"};
    EXPECT_EQ(kPolicy.searched(wanted), std::vector<std::string>{"deny"});
}

TEST(Policy, HasAScoreForEachBankUnlessTheLookUpOverridesIt) {
    FindOptions options;
    EXPECT_EQ(kPolicy.least_score("deny", options), kDefaultMinScore);
    EXPECT_EQ(kPolicy.least_score("high", options), 12.0);
    options.min_score = 2;
    options.overrides_bank_scores = true;
    EXPECT_EQ(kPolicy.least_score("high", options), 2.0);
    EXPECT_EQ(judged({match_of("a", "high", 11), match_of("b", "deny", 4)}, Action::kNone, options),
              (Actions{Action::kNone, Action::kNone}));
}

TEST(Policy, TakesTheSternestActionForAll) {
    EXPECT_EQ(judged({}, Action::kNone), Actions{});
    EXPECT_EQ(judged({match_of("a", "trial", 9), match_of("b", "deny", 7)}, Action::kEnforce),
              (Actions{Action::kShadow, Action::kEnforce}));
    EXPECT_EQ(judged({match_of("a", "allow", 9)}, Action::kAllowed), Actions{Action::kAllowed});
    std::vector<Match> matches{match_of("a", "deny", 9)};
    EXPECT_EQ(kPolicy.judge(matches, {true}, {}), Action::kShadow) << "its item is in shadow";
}

TEST(Policy, LetsAnAllowMatchSilenceWhatItCovers) {
    EXPECT_EQ(judged({match_of("a", "deny", 20), match_of("b", "allow", 7)}, Action::kAllowed),
              (Actions{Action::kAllowed, Action::kAllowed}));
    EXPECT_EQ(judged({match_of("a", "deny", 20), match_of("b", "maybe", 7)}, Action::kEnforce),
              (Actions{Action::kEnforce, Action::kShadow}))
        << "a bank in shadow silences nothing";
    EXPECT_EQ(judged({match_of("a", "deny", 20), match_of("b", "allow", 5)}, Action::kEnforce),
              (Actions{Action::kEnforce, Action::kNone}))
        << "too weak";
}

TEST(Policy, CoversByPlace) {
    Match deny = match_of("a", "deny", 20);
    Match allow = match_of("b", "allow", 9);
    set_box(allow, {0, 0, 0.5, 1});
    EXPECT_FALSE(covers(allow, deny)) << "half of the picture";
    set_box(deny, {0.1, 0.1, 0.4, 0.9});
    EXPECT_TRUE(covers(allow, deny));
    set_box(deny, {0.4, 0, 0.6, 1});
    EXPECT_FALSE(covers(allow, deny));
    allow.evidence = {Evidence::kExact};
    EXPECT_TRUE(covers(allow, deny)) << "the very bytes are allowed";
}

TEST(Policy, CoversByTimeAndPart) {
    Match deny = match_of("a", "deny", 20);
    Match allow = match_of("b", "allow", 9);
    set_time(deny, 0, 10'000);
    EXPECT_FALSE(covers(allow, deny));
    set_time(allow, 0, 5'000);
    set_time(allow, 2'000, 6'000);
    EXPECT_FALSE(covers(allow, deny)) << "six of ten seconds, four of them twice";
    set_time(allow, 6'000, 9'000);
    EXPECT_TRUE(covers(allow, deny)) << "nine of ten seconds";
    deny.part = MatchedPart{0, MediaKind::kVideo, PartRole::kMain};
    allow.part = MatchedPart{1, MediaKind::kVideo, PartRole::kTrack};
    EXPECT_FALSE(covers(allow, deny));
}

TEST(Policy, KeepsAMatchWithTheOneThatAllowsIt) {
    std::vector<Match> matches;
    for (int i = 0; i < 6; ++i) {
        matches.push_back(match_of("m" + std::to_string(i), "deny", 20 - i));
    }
    matches[0].allowed_by = "m5";
    keep_first(matches, 3);
    ASSERT_EQ(matches.size(), 3U);
    EXPECT_EQ(matches[0].id, "m0");
    EXPECT_EQ(matches[1].id, "m1");
    EXPECT_EQ(matches[2].id, "m5");
    keep_first(matches, 1);
    EXPECT_EQ(matches[0].id, "m0");
}

FloodGuard::Time second(int number) { return FloodGuard::Time(std::chrono::seconds(number)); }

TEST(FloodGuard, NoticesAnItemThatSuddenlyMatchesOften) {
    FloodGuard guard({MediaTime::from_seconds(10), 5, 3});
    const std::vector<std::string> ids{"a"};
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(guard.count(ids, second(0)).empty());
    }
    EXPECT_EQ(guard.count(ids, second(1)), ids);
    EXPECT_TRUE(guard.count(ids, second(2)).empty()) << "told once a window";
    EXPECT_TRUE(guard.count(std::vector<std::string>{"b"}, second(2)).empty());
}

TEST(FloodGuard, IsUsedToWhatAlwaysMatchesOften) {
    FloodGuard guard({MediaTime::from_seconds(10), 8, 3});
    const std::vector<std::string> ids{"a"};
    int told = 0;
    for (int window = 0; window < 12; ++window) {
        for (int i = 0; i < 5 + window; ++i) {
            told += guard.count(ids, second(10 * window)).empty() ? 0 : 1;
        }
    }
    EXPECT_EQ(told, 0) << "it grew slowly";
    for (int i = 0; i < 100; ++i) {
        told += guard.count(ids, second(120)).empty() ? 0 : 1;
    }
    EXPECT_EQ(told, 1);
    for (int i = 0; i < 9; ++i) {
        told += guard.count(ids, second(100'000)).empty() ? 0 : 1;
    }
    EXPECT_EQ(told, 2) << "after a long silence nine are many again";
}

}  // namespace
}  // namespace refrain::corpus

// The catalogue as people run it: every command is a process of its own.

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

class CatalogueCommands : public Cli {
  protected:
    void SetUp() override {
        ASSERT_EQ(json("add", {"--label", "case=7", known("bear.jpg")}).exit_code, 0);
        ASSERT_EQ(json("add", {"--bank", "other", known("butterfly.jpg")}).exit_code, 0);
        const auto all = objects(json("list", {"--sort", "added"}).out);
        bear_ = all.at(0).at("id");
        butterfly_ = all.at(1).at("id");
    }
    [[nodiscard]] std::vector<std::string> listed(const Words& words) const {
        const Finished done = json("list", words);
        EXPECT_EQ(done.exit_code, 0) << done.err;
        return field(done.out, "id");
    }
    [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return (folder_ / name).native();
    }
    [[nodiscard]] Json import(const std::string& text, const Words& more = {}) const {
        Words words = more;
        words.emplace_back("-");
        const Finished done = json("import", words, text);
        return done.out.empty() ? Json() : objects(done.out).at(0);
    }

    std::string bear_;
    std::string butterfly_;
};

using Ids = std::vector<std::string>;

TEST_F(CatalogueCommands, ListByWhatIsAskedFor) {
    EXPECT_EQ(listed({"--label", "case=7"}), Ids{bear_});
    EXPECT_EQ(listed({"--bank", "other"}), Ids{butterfly_});
    EXPECT_EQ(listed({"--name", "butter*"}), Ids{butterfly_});
    EXPECT_EQ(listed({"--kind", "video"}), Ids{});
    EXPECT_EQ(listed({"--kind", "media"}).size(), 2U);
    EXPECT_EQ(listed({"--kind", "hash"}), Ids{});
    EXPECT_EQ(listed({"--since", "2000-01-01"}).size(), 2U);
    EXPECT_EQ(listed({"--until", "2000-01-01T00:00:00Z"}), Ids{});
    EXPECT_EQ(listed({"--disabled"}), Ids{});
    const Ids newest = listed({"--sort", "newest"});
    EXPECT_EQ(newest, (Ids{butterfly_, bear_}));
    const Finished first =
        run_refrain({"list", "--corpus", corpus(), "--sort", "newest", "--limit", "1"});
    const auto mark = first.err.find("--after ");
    ASSERT_NE(mark, std::string::npos) << first.err;
    std::string after = first.err.substr(mark + 8);
    after.erase(after.find_last_not_of('\n') + 1);
    EXPECT_EQ(listed({"--sort", "newest", "--after", after}), Ids{bear_});
    EXPECT_EQ(json("list", {"--since", "yesterday"}).exit_code, 2);
    EXPECT_EQ(json("list", {"--bank", "no such bank"}).exit_code, 2);
    EXPECT_EQ(json("list", {"--sort", "added", "--after", "x"}).exit_code, 2);
}

TEST_F(CatalogueCommands, DisabledItemsAreNotFoundByTheNextFind) {
    EXPECT_EQ(json("find", {known("bear.jpg")}).exit_code, 0);
    EXPECT_EQ(json("disable", {bear_, "--reason", "appeal", "--by", "anna"}).exit_code, 0);
    EXPECT_EQ(json("find", {known("bear.jpg")}).exit_code, 1) << "not even the same bytes";
    const auto edited = (media() / "edited" / "bear-half-quality40.jpg").native();
    EXPECT_EQ(json("find", {edited}).exit_code, 1);
    EXPECT_EQ(listed({"--disabled"}), Ids{bear_});
    const Json shown = objects(json("show", {bear_}).out).at(0);
    EXPECT_EQ(shown.at("disabled_until"), "forever");
    EXPECT_EQ(shown.at("reason"), "appeal");
    EXPECT_EQ(json("enable", {bear_}).exit_code, 0);
    EXPECT_EQ(json("find", {edited}).exit_code, 0);
    EXPECT_EQ(json("disable", {bear_, "--until", "2001-01-01"}).exit_code, 0);
    EXPECT_EQ(json("find", {edited}).exit_code, 0) << "that time is over";
    EXPECT_EQ(json("disable", {"m_unknown"}).exit_code, 4);
    const auto log = objects(json("log", {"--id", bear_}).out);
    ASSERT_EQ(log.size(), 4U);
    EXPECT_EQ(log.at(1).at("change"), "disable");
    EXPECT_EQ(log.at(1).at("by"), "anna");
    EXPECT_EQ(log.at(1).at("reason"), "appeal");
    EXPECT_FALSE(log.at(2).at("by").get<std::string>().empty()) << "the login name";
}

TEST_F(CatalogueCommands, LabelsAndMoves) {
    EXPECT_EQ(json("label", {bear_, butterfly_, "case=8", "new=x=y"}).exit_code, 0);
    EXPECT_EQ(listed({"--label", "new=x=y"}).size(), 2U);
    EXPECT_EQ(json("label", {bear_, "case="}).exit_code, 0);
    EXPECT_EQ(listed({"--label", "case=8"}), Ids{butterfly_});
    EXPECT_EQ(json("label", {"case=8"}).exit_code, 2);
    EXPECT_EQ(json("label", {bear_}).exit_code, 2);
    EXPECT_EQ(json("move", {bear_, "--bank", "other"}).exit_code, 0);
    const Json match =
        objects(json("find", {"--bank", "other", known("bear.jpg")}).out).at(0).at("matches").at(0);
    EXPECT_EQ(match.at("id"), bear_);
    EXPECT_FALSE(match.at("labels").contains("case"));
    // The bank that it left may have the picture again, which cannot move then.
    ASSERT_EQ(json("add", {known("bear.jpg")}).exit_code, 0);
    const std::string twin = listed({"--bank", "default"}).at(0);
    EXPECT_NE(twin, bear_);
    const Finished taken = json("move", {twin, "--bank", "other"});
    EXPECT_EQ(taken.exit_code, 4);
    EXPECT_EQ(objects(taken.out).at(0).at("status"), "taken");
}

TEST_F(CatalogueCommands, AddGivesLabelsToKnownBytesAndSaysSo) {
    const Json line =
        objects(json("add", {"--label", "case=9", "--reason", "new", known("bear.jpg")}).out).at(0);
    EXPECT_EQ(line.at("status"), "exists");
    EXPECT_EQ(line.at("labels_updated"), true);
    EXPECT_EQ(listed({"--label", "case=9"}), Ids{bear_});
    const Json again = objects(json("add", {"--label", "case=9", known("bear.jpg")}).out).at(0);
    EXPECT_FALSE(again.contains("labels_updated"));
}

TEST_F(CatalogueCommands, RemovesByBankLabelAndList) {
    EXPECT_EQ(json("remove", {"--bank", "other"}).exit_code, 2) << "nobody can be asked";
    EXPECT_EQ(json("remove", {"--bank", "other", bear_}).exit_code, 2);
    EXPECT_EQ(json("remove", {"--bank", "no such bank", "--yes"}).exit_code, 2);
    EXPECT_EQ(json("remove", {"--bank", "other", "--yes"}).exit_code, 0);
    EXPECT_EQ(listed({}), Ids{bear_});
    EXPECT_EQ(json("remove", {"--yes", "--list", write("ids", bear_ + "\r\nm_no\n")}).exit_code, 3);
    EXPECT_EQ(listed({}), Ids{});
}

TEST_F(CatalogueCommands, BanksHavePolicies) {
    const std::string edited = (media() / "edited" / "bear-half-quality40.jpg").native();
    EXPECT_EQ(objects(json("find", {edited}).out).at(0).at("action"), "enforce");
    EXPECT_EQ(run_refrain({"check", "--corpus", corpus(), edited}).out, "matched\n");
    EXPECT_EQ(json("check", {edited}).exit_code, 1);
    EXPECT_EQ(json("bank", {"set", "default", "--mode", "shadow", "--note", "trial"}).exit_code, 0);
    const Json shadow = objects(json("find", {edited}).out).at(0);
    EXPECT_EQ(shadow.at("action"), "shadow");
    EXPECT_EQ(shadow.at("matches").at(0).at("action"), "shadow");
    EXPECT_EQ(json("check", {edited}).exit_code, 0);
    EXPECT_EQ(json("bank", {"set", "default", "--mode", "off"}).exit_code, 0);
    EXPECT_EQ(json("find", {edited}).exit_code, 1);
    EXPECT_EQ(json("find", {"--bank", "default", edited}).exit_code, 1);
    EXPECT_EQ(
        json("bank", {"set", "default", "--mode", "enforce", "--min-score", "1000"}).exit_code, 0);
    EXPECT_EQ(json("find", {edited}).exit_code, 1);
    const Json weak = objects(json("find", {"--min-score", "2", edited}).out).at(0);
    EXPECT_EQ(weak.at("matches").size(), 1U);
    EXPECT_EQ(weak.at("action"), "none") << "too weak for its bank";
    EXPECT_EQ(json("bank", {"set", "default", "--min-score", "default"}).exit_code, 0);
    EXPECT_EQ(json("find", {edited}).exit_code, 0);
    const auto banks = objects(json("bank", {"list"}).out);
    ASSERT_EQ(banks.size(), 2U);
    EXPECT_EQ(banks.at(0).at("note"), "trial");
    EXPECT_EQ(json("bank", {"set", "default", "--mode", "loud"}).exit_code, 2);
    EXPECT_EQ(json("bank", {"frobnicate"}).exit_code, 2);
}

TEST_F(CatalogueCommands, AnAllowBankSilencesWhatItCovers) {
    ASSERT_EQ(json("add", {"--bank", "harmless", known("bear.jpg")}).exit_code, 0);
    ASSERT_EQ(json("bank", {"set", "harmless", "--kind", "allow"}).exit_code, 0);
    const std::string edited = (media() / "edited" / "bear-half-quality40.jpg").native();
    const Json found = objects(json("find", {edited}).out).at(0);
    EXPECT_EQ(found.at("action"), "allowed");
    ASSERT_EQ(found.at("matches").size(), 2U) << "both are shown";
    for (const Json& match : found.at("matches")) {
        EXPECT_EQ(match.at("action"), "allowed");
    }
    const Json one = objects(json("find", {"--max-matches", "1", edited}).out).at(0);
    EXPECT_EQ(one.at("action"), "allowed") << "also where the other is not listed";
    EXPECT_EQ(json("check", {edited}).exit_code, 0);
}

TEST_F(CatalogueCommands, CheckNamesWhatCouldNotBeExamined) {
    const std::string broken = write("broken.jpg", "no picture");
    const Finished all = run_refrain({"check", "--corpus", corpus(), broken, known("bear.jpg")});
    EXPECT_EQ(all.out, "error\nmatched\n");
    EXPECT_EQ(all.exit_code, 3);
    EXPECT_EQ(json("check", {broken}).exit_code, 4);
    EXPECT_EQ(json("check", {}).exit_code, 2);
}

TEST_F(CatalogueCommands, FindsDuplicatesInside) {
    ASSERT_EQ(json("add", {(media() / "edited" / "bear-half-quality40.jpg").native()}).exit_code,
              0);
    const auto lines = objects(json("dups", {}).out);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines.at(0).at("schema"), "refrain.dups/1");
    EXPECT_EQ(lines.at(1).at("ids").size(), 2U);
    EXPECT_TRUE(lines.at(1).at("ids").at(0) == bear_ || lines.at(1).at("ids").at(1) == bear_);
    EXPECT_TRUE(objects(json("dups", {"--bank", "other"}).out).empty());
}

/// A page of TCAP with one PDQ entry.
std::string tcap(const std::string& id, const std::string& day, bool is_deleted) {
    return R"({"count":1,"next":null,"results":[{"hash_digest":"d8f8f0cee0f4a84f0637022a078f67f0)"
           R"(b36e2ed596621e1d33e6339c4e9c9b22","algorithm":"PDQ","ideology":"x","file_type":"jpg",)"
           R"("deleted":)" +
           std::string(is_deleted ? "true" : "false") + R"(,"updated_on":")" + day +
           R"(T00:00:00Z","created_on":"2026-01-01T00:00:00Z","id":)" + id + "}]}";
}

TEST_F(CatalogueCommands, FeedsAddAndTakeBackWhatNobodyElseAsserts) {
    const std::string code = "d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22";
    const Json first = import(tcap("17", "2026-01-02", false), {"--bank", "feed"});
    EXPECT_EQ(first.at("added"), 1) << first;
    const Json twice = import(tcap("17", "2026-01-02", false), {"--bank", "feed"});
    EXPECT_EQ(twice.at("exists"), 1);
    EXPECT_EQ(import(code + "\n", {"--bank", "feed", "--source", "ours"}).at("exists"), 1);
    const std::string id = listed({"--bank", "feed"}).at(0);
    const Json shown = objects(json("show", {id}).out).at(0);
    EXPECT_EQ(shown.at("knowledge"), "hash");
    ASSERT_EQ(shown.at("sources").size(), 2U);
    EXPECT_EQ(shown.at("sources").at(0).at("source"), "ours");
    EXPECT_EQ(shown.at("sources").at(1).at("entry"), "17");
    const Json old = import(tcap("17", "2026-01-01", true), {"--bank", "feed"});
    EXPECT_EQ(old.at("stale"), 1) << "older than what was said";
    const Json deleted = import(tcap("17", "2026-01-03", true), {"--bank", "feed"});
    EXPECT_EQ(deleted.at("deleted"), 0);
    EXPECT_EQ(deleted.at("kept"), 1) << "the other list still asserts it";
    const Json other = import(tcap("18", "2026-01-01", false), {"--bank", "second"});
    EXPECT_EQ(other.at("added"), 1);
    EXPECT_EQ(import(tcap("18", "2026-01-05", true), {"--bank", "second"}).at("deleted"), 1);
    EXPECT_EQ(listed({"--bank", "second"}), Ids{});
    EXPECT_EQ(import(tcap("18", "2026-01-04", false), {"--bank", "second"}).at("stale"), 1);
    EXPECT_EQ(listed({"--bank", "second"}), Ids{});
    const Json before = import(tcap("19", "2026-02-01", true), {"--bank", "third"});
    EXPECT_EQ(before.at("deleted"), 0) << "before it was ever said";
    EXPECT_EQ(import(tcap("19", "2026-01-31", false), {"--bank", "third"}).at("stale"), 1);
    EXPECT_EQ(import(tcap("19", "2026-02-02", false), {"--bank", "third"}).at("added"), 1);
}

}  // namespace

}  // namespace refrain::test

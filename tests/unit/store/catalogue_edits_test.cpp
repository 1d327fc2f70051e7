// What every catalogue promises of changes, sources, banks and lists.

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalogues.h"

namespace refrain::store {
namespace {

using test::MemoryCatalogue;
using test::sample_row;

const Author kAuthor{"anna", "case 7"};

EditOutcome edit_one(Catalogue& store, const ItemEdit& edit) {
    const auto outcomes = store.edit(std::span(&edit, 1), kAuthor);
    EXPECT_TRUE(outcomes.ok()) << (outcomes.ok() ? "" : outcomes.error().message);
    return outcomes.ok() ? outcomes->front() : EditOutcome();
}

ItemEdit edit_of(const std::string& id) {
    ItemEdit edit;
    edit.id = id;
    return edit;
}

/// A row as a list gives it: no medium.
NewRow listed_row(std::uint64_t number,
                  const std::string& source,
                  const std::string& entry,
                  std::optional<std::int64_t> at = std::nullopt) {
    NewRow row = sample_row(number);
    row.media.digest.bytes = 0;
    SourceClaim claim;
    claim.source = source;
    claim.entry = entry;
    claim.stated_at_us = at;
    row.claims.push_back(claim);
    return row;
}

WithdrawOutcome withdraw(Catalogue& store,
                         const std::string& source,
                         const std::string& entry,
                         std::optional<std::int64_t> at = std::nullopt) {
    const Withdrawal withdrawal{source, "default", entry, at};
    const auto outcomes = store.withdraw(std::span(&withdrawal, 1), kAuthor);
    EXPECT_TRUE(outcomes.ok()) << (outcomes.ok() ? "" : outcomes.error().message);
    return outcomes.ok() ? outcomes->front() : WithdrawOutcome();
}

class CatalogueEditsTest : public test::CatalogueCase {
  protected:
    void put(const std::vector<NewRow>& rows) {
        const auto outcomes = catalogue().put(rows);
        ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
    }
    StoredItem item(const std::string& id) { return catalogue().item(id)->value(); }
    bool has(const std::string& id) { return catalogue().item(id)->has_value(); }
    Change last_change() {
        return catalogue().changes_after(*catalogue().last_sequence() - 1, 1)->front();
    }
    std::vector<std::string> ids(const ItemQuery& query) {
        std::vector<std::string> found;
        const auto page = catalogue().select(query);
        EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().message);
        for (const StoredItem& one : page->items) {
            found.push_back(one.id);
        }
        return found;
    }
};

TEST_P(CatalogueEditsTest, ChangesLabelsAndLogsWhoDidItAndWhy) {
    NewRow row = sample_row(1);
    row.labels = {{"case", "7"}, {"note", "old"}};
    put({row});
    ItemEdit edit = edit_of("m_1");
    edit.labels = {{"case", "8"}, {"note", std::nullopt}, {"new", ""}, {"never", std::nullopt}};
    EXPECT_EQ(edit_one(catalogue(), edit), (EditOutcome{EditStatus::kChanged, 2, false}));
    EXPECT_EQ(item("m_1").labels, (std::map<std::string, std::string>{{"case", "8"}, {"new", ""}}));
    const Change change = last_change();
    EXPECT_EQ(change.kind, ChangeKind::kLabel);
    EXPECT_EQ(change.id, "m_1");
    EXPECT_EQ(change.author, kAuthor);
    EXPECT_EQ(change.detail, "case: 7 -> 8, new: , note: old dropped");
    EXPECT_EQ(edit_one(catalogue(), edit), (EditOutcome{EditStatus::kUnchanged, 2, false}));
    EXPECT_EQ(*catalogue().last_sequence(), 2U) << "nothing changed";
}

TEST_P(CatalogueEditsTest, MovesToAnotherBankUnlessThatHoldsTheSameBytes) {
    NewRow twin = sample_row(1, "other");
    twin.id = "m_twin";
    put({sample_row(1), sample_row(2), twin});
    ItemEdit edit = edit_of("m_2");
    edit.bank = "third";
    EXPECT_EQ(edit_one(catalogue(), edit), (EditOutcome{EditStatus::kChanged, 2, true}));
    EXPECT_EQ(item("m_2").bank, "third");
    EXPECT_EQ(last_change().detail, "default -> third");
    EXPECT_TRUE(catalogue().find_bytes("third", sample_row(2).media.digest.sha256)->has_value());
    edit.id = "m_1";
    edit.bank = "other";
    edit.labels = {{"a", "b"}};
    EXPECT_EQ(edit_one(catalogue(), edit).status, EditStatus::kTaken);
    EXPECT_EQ(item("m_1").bank, "default");
    EXPECT_TRUE(item("m_1").labels.empty()) << "nothing else is done, either";
    EXPECT_EQ(*catalogue().banks(), (std::vector<std::string>{"default", "other", "third"}));
    EXPECT_TRUE(catalogue().check_structure()->empty());
}

TEST_P(CatalogueEditsTest, AddsAnItemAgainThatMovedAwayUnderAnotherId) {
    put({sample_row(1)});
    ItemEdit edit = edit_of("m_1");
    edit.bank = "other";
    edit_one(catalogue(), edit);
    NewRow again = sample_row(1);
    EXPECT_EQ(catalogue().put(std::span(&again, 1)).error().code, ErrorCode::kIdTaken);
    again.may_rename = true;
    const auto outcome = catalogue().put(std::span(&again, 1));
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->front().id, "m_1-2");
    EXPECT_TRUE(has("m_1") && has("m_1-2"));
}

TEST_P(CatalogueEditsTest, DisablesUntilATimeAndEnables) {
    put({sample_row(1), sample_row(2)});
    ItemEdit edit = edit_of("m_1");
    edit.is_searched = Switch::kDisable;
    edit.until_us = 2'000'000'000'000'000;
    EXPECT_EQ(edit_one(catalogue(), edit).status, EditStatus::kChanged);
    const ItemState state = item("m_1").state;
    EXPECT_TRUE(state.is_disabled(edit.until_us - 1));
    EXPECT_FALSE(state.is_disabled(edit.until_us));
    EXPECT_EQ(state.reason, "case 7");
    EXPECT_EQ(last_change().kind, ChangeKind::kDisable);
    EXPECT_EQ(last_change().detail, "until 2033-05-18T03:33:20Z");
    EXPECT_EQ(*catalogue().disabled_items(),
              (Catalogue::DisabledItems{{item("m_1").key, edit.until_us}}));
    EXPECT_EQ(edit_one(catalogue(), edit).status, EditStatus::kUnchanged);
    edit.is_searched = Switch::kEnable;
    EXPECT_EQ(edit_one(catalogue(), edit), (EditOutcome{EditStatus::kChanged, 3, false}));
    EXPECT_TRUE(catalogue().disabled_items()->empty());
    EXPECT_EQ(last_change().kind, ChangeKind::kEnable);
    edit.is_searched = Switch::kShadow;
    edit_one(catalogue(), edit);
    EXPECT_TRUE(item("m_1").state.is_shadow);
    EXPECT_TRUE(catalogue().disabled_items()->empty()) << "it is searched";
}

TEST_P(CatalogueEditsTest, ChangesOnlyTheRevisionThatWasMeant) {
    put({sample_row(1)});
    ItemEdit edit = edit_of("m_1");
    edit.labels = {{"a", "b"}};
    edit.if_revision = 2;
    EXPECT_EQ(edit_one(catalogue(), edit), (EditOutcome{EditStatus::kStale, 1, false}));
    edit.if_revision = 1;
    EXPECT_EQ(edit_one(catalogue(), edit).revision, 2U);
    EXPECT_EQ(edit_one(catalogue(), edit).status, EditStatus::kStale);
    EXPECT_EQ(edit_one(catalogue(), edit_of("m_unknown")).status, EditStatus::kUnknown);
}

TEST_P(CatalogueEditsTest, RefusesEditsThatMakeNoSense) {
    put({sample_row(1)});
    std::vector<ItemEdit> bad(4, edit_of("m_1"));
    bad[0].labels = {{"", "x"}};
    bad[1].labels = {{"x", std::string(70'000, 'x')}};
    bad[2].bank = "";
    bad[3].bank = std::string(70'000, 'x');
    for (const ItemEdit& edit : bad) {
        EXPECT_EQ(catalogue().edit(std::span(&edit, 1), kAuthor).error().code,
                  ErrorCode::kInvalidArgument);
    }
    EXPECT_EQ(*catalogue().last_sequence(), 1U);
}

TEST_P(CatalogueEditsTest, KeepsTheSettingsOfBanks) {
    put({sample_row(1, "b")});
    BankEdit edit;
    edit.mode = BankMode::kShadow;
    edit.min_score = 9.5;
    EXPECT_TRUE(*catalogue().set_bank("b", edit, kAuthor));
    EXPECT_FALSE(*catalogue().set_bank("b", edit, kAuthor));
    EXPECT_EQ(last_change().kind, ChangeKind::kBank);
    EXPECT_EQ(last_change().id, "b");
    EXPECT_EQ(last_change().detail, "mode: enforce -> shadow, min_score: default -> 9.5");
    EXPECT_TRUE(*catalogue().set_bank("a", {}, kAuthor)) << "it is made";
    BankEdit back;
    back.drops_min_score = true;
    back.kind = BankKind::kAllow;
    back.note = "memes";
    EXPECT_TRUE(*catalogue().set_bank("b", back, kAuthor));
    EXPECT_EQ(*catalogue().bank_settings(),
              (std::vector<BankSettings>{
                  {"a", BankMode::kEnforce, BankKind::kDeny, std::nullopt, ""},
                  {"b", BankMode::kShadow, BankKind::kAllow, std::nullopt, "memes"}}));
    BankEdit bad;
    bad.min_score = -1;
    EXPECT_EQ(catalogue().set_bank("b", bad, kAuthor).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(catalogue().set_bank("", {}, kAuthor).error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(catalogue().check_structure()->empty());
}

TEST_P(CatalogueEditsTest, KeepsWhatAnotherSourceAsserts) {
    put({listed_row(1, "tcap", "17")});
    const NewRow second = listed_row(1, "ncmec", "a-1");
    const auto again = catalogue().put(std::span(&second, 1));
    EXPECT_TRUE(again->front().was_known && again->front().has_new_claims);
    const auto claims = catalogue().claims(item("m_1").key);
    ASSERT_EQ(claims->size(), 2U);
    EXPECT_EQ((*claims)[0].source, "ncmec");
    EXPECT_EQ((*claims)[1].entry, "17");
    const WithdrawOutcome first = withdraw(catalogue(), "tcap", "17");
    EXPECT_EQ(first.kept, 1U);
    EXPECT_TRUE(has("m_1"));
    EXPECT_EQ(last_change().kind, ChangeKind::kSource);
    EXPECT_TRUE((*catalogue().claims(item("m_1").key))[1].is_withdrawn);
    EXPECT_EQ(withdraw(catalogue(), "tcap", "17").kept, 0U) << "said twice";
    const WithdrawOutcome last = withdraw(catalogue(), "ncmec", "a-1");
    EXPECT_EQ(last.removed, 1U);
    EXPECT_FALSE(has("m_1"));
    EXPECT_EQ(last_change().kind, ChangeKind::kRemove);
    EXPECT_EQ(last_change().detail, "withdrawn by ncmec a-1");
    EXPECT_TRUE(catalogue().check_structure()->empty());
}

TEST_P(CatalogueEditsTest, KeepsAnItemOfWhichTheMediumWasHere) {
    NewRow row = listed_row(1, "tcap", "17");
    row.media.digest.bytes = 1000;
    put({row});
    EXPECT_EQ(withdraw(catalogue(), "tcap", "17").kept, 1U);
    EXPECT_TRUE(has("m_1"));
}

TEST_P(CatalogueEditsTest, GoesByTheSourcesOwnClock) {
    EXPECT_EQ(withdraw(catalogue(), "tcap", "17", 1000).removed, 0U) << "before it was said";
    const NewRow before = listed_row(1, "tcap", "17", 999);
    EXPECT_TRUE(catalogue().put(std::span(&before, 1))->front().is_stale);
    EXPECT_FALSE(has("m_1"));
    const NewRow same_time = listed_row(1, "tcap", "17", 1000);
    EXPECT_TRUE(catalogue().put(std::span(&same_time, 1))->front().is_stale);
    put({listed_row(1, "tcap", "17", 1001)});
    EXPECT_TRUE(has("m_1"));
    EXPECT_TRUE(withdraw(catalogue(), "tcap", "17", 1000).is_stale);
    EXPECT_TRUE(has("m_1"));
    EXPECT_EQ(withdraw(catalogue(), "tcap", "17", 1002).removed, 1U);
    put({listed_row(1, "tcap", "17")});
    EXPECT_TRUE(has("m_1")) << "without times the order of arrival counts";
    put({listed_row(2, "other", "17", 5)});
    EXPECT_TRUE(has("m_2")) << "other sources have clocks of their own";
}

TEST_P(CatalogueEditsTest, ChangesNothingWhenAPageIsReadTwice) {
    const std::vector<NewRow> page{listed_row(1, "tcap", "17", 5), listed_row(2, "tcap", "18", 6)};
    put(page);
    const std::uint64_t before = *catalogue().last_sequence();
    const auto outcomes = catalogue().put(page);
    for (const PutOutcome& outcome : *outcomes) {
        EXPECT_TRUE(outcome.was_known);
        EXPECT_FALSE(outcome.has_new_claims);
    }
    EXPECT_EQ(*catalogue().last_sequence(), before);
}

TEST_P(CatalogueEditsTest, IsSilentAboutWhatAllSourcesHoldForHarmless) {
    NewRow harmless = listed_row(1, "tx", "1");
    harmless.claims[0].opinion = FeedOpinion::kHarmless;
    put({harmless});
    EXPECT_EQ(item("m_1").state.disabled_until_us, kForever);
    put({listed_row(1, "tcap", "9")});
    EXPECT_FALSE(item("m_1").state.disabled_until_us) << "another one lists it";
    withdraw(catalogue(), "tcap", "9");
    EXPECT_EQ(item("m_1").state.disabled_until_us, kForever);
}

TEST_P(CatalogueEditsTest, FindsItemsByDigestsThatWerePut) {
    NewRow row = sample_row(1);
    const FileDigest md5{DigestAlgorithm::kMd5, std::vector<std::uint8_t>(16, 7)};
    const FileDigest sha1{DigestAlgorithm::kSha1, std::vector<std::uint8_t>(20, 8)};
    row.digests = {sha1, md5, md5};
    NewRow other = sample_row(2);
    other.digests = {md5};
    put({row, other});
    EXPECT_EQ(*catalogue().digests(item("m_1").key), (std::vector<FileDigest>{md5, sha1}));
    EXPECT_EQ(*catalogue().find_digest(md5),
              (std::vector<std::int64_t>{item("m_1").key, item("m_2").key}));
    ASSERT_TRUE(catalogue().remove(std::vector<std::string>{"m_1"}).ok());
    EXPECT_EQ(catalogue().find_digest(md5)->size(), 1U);
    EXPECT_TRUE(catalogue().find_digest(sha1)->empty());
    row.digests = {{DigestAlgorithm::kSha1, std::vector<std::uint8_t>(16, 7)}};
    EXPECT_EQ(catalogue().put(std::span(&row, 1)).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(CatalogueEditsTest, GivesLabelsToKnownBytesAsItIsTold) {
    NewRow row = sample_row(1);
    row.labels = {{"a", "1"}};
    put({row});
    row.labels = {{"a", "2"}, {"b", "3"}};
    using Labels = std::map<std::string, std::string>;
    EXPECT_FALSE(catalogue().put(std::span(&row, 1))->front().has_new_labels);
    EXPECT_EQ(item("m_1").labels, (Labels{{"a", "1"}}));
    const auto filled =
        catalogue().put(std::span(&row, 1), Catalogue::PutOptions{{}, kAuthor, LabelRule::kFillIn});
    EXPECT_TRUE(filled->front().has_new_labels);
    EXPECT_EQ(item("m_1").labels, (Labels{{"a", "1"}, {"b", "3"}}));
    const Catalogue::PutOptions update{{}, kAuthor, LabelRule::kUpdate};
    EXPECT_TRUE(catalogue().put(std::span(&row, 1), update)->front().has_new_labels);
    EXPECT_EQ(item("m_1").labels, row.labels);
    EXPECT_EQ(last_change().author, kAuthor);
    EXPECT_FALSE(catalogue().put(std::span(&row, 1), update)->front().has_new_labels);
}

TEST_P(CatalogueEditsTest, ListsWhatAFilterLetsThrough) {
    std::vector<NewRow> rows;
    for (std::uint64_t number = 1; number <= 9; ++number) {
        rows.push_back(number % 2 == 0 ? sample_row(number, "even") : sample_row(number));
        rows.back().labels = {{"rest", std::to_string(number % 3)}};
        if (number == 4) {
            rows.back().media.digest.bytes = 0;
        }
    }
    put(rows);
    ItemEdit edit = edit_of("m_5");
    edit.is_searched = Switch::kDisable;
    edit_one(catalogue(), edit);
    using Ids = std::vector<std::string>;
    ItemQuery query;
    query.now_us = 1;
    query.filter.banks = {"even"};
    EXPECT_EQ(ids(query), (Ids{"m_2", "m_4", "m_6", "m_8"}));
    query.filter.labels = {{"rest", "2"}};
    EXPECT_EQ(ids(query), (Ids{"m_2", "m_8"}));
    query.filter = {};
    query.filter.name = "picture [1-3].*";
    EXPECT_EQ(ids(query), (Ids{"m_1", "m_2", "m_3"}));
    query.filter = {};
    query.filter.kind = MediaKind::kVideo;
    EXPECT_EQ(ids(query), (Ids{"m_3", "m_6", "m_9"}));
    query.filter = {};
    query.filter.knowledge = Knowledge::kHashOnly;
    EXPECT_EQ(ids(query), (Ids{"m_4"}));
    query.filter = {};
    query.filter.is_disabled = true;
    EXPECT_EQ(ids(query), (Ids{"m_5"}));
    query.filter.is_disabled = false;
    query.filter.banks = {"default"};
    EXPECT_EQ(ids(query), (Ids{"m_1", "m_3", "m_7", "m_9"}));
    query.filter = {};
    query.filter.since_us = item("m_1").added_at_us;
    query.filter.until_us = *query.filter.since_us + 1;
    EXPECT_EQ(ids(query).size(), 9U);
    query.filter.until_us = query.filter.since_us;
    EXPECT_TRUE(ids(query).empty());
    query.filter = {};
    query.filter.banks = {"nowhere"};
    EXPECT_TRUE(ids(query).empty());
}

TEST_P(CatalogueEditsTest, PagesInEveryOrder) {
    put({sample_row(3), sample_row(1)});
    put({sample_row(2), sample_row(5), sample_row(4)});
    const auto paged = [&](ItemOrder order) {
        std::vector<std::string> all;
        ItemQuery query;
        query.order = order;
        query.limit = 2;
        do {
            const auto page = catalogue().select(query);
            EXPECT_TRUE(page.ok());
            EXPECT_LE(page->items.size(), 2U);
            for (const StoredItem& one : page->items) {
                all.push_back(one.id);
            }
            query.after = page->next;
        } while (!query.after.empty());
        return all;
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(paged(ItemOrder::kId), (Ids{"m_1", "m_2", "m_3", "m_4", "m_5"}));
    EXPECT_EQ(paged(ItemOrder::kAdded), (Ids{"m_3", "m_1", "m_2", "m_5", "m_4"}));
    EXPECT_EQ(paged(ItemOrder::kNewest), (Ids{"m_4", "m_5", "m_2", "m_1", "m_3"}));
    // Rows are named after their numbers.
    EXPECT_EQ(paged(ItemOrder::kName), (Ids{"m_1", "m_2", "m_3", "m_4", "m_5"}));
    for (const std::string bad : {"m_1", "1", "1.", ".1", "1.2x", "99999999999999999999.1"}) {
        ItemQuery query;
        query.order = ItemOrder::kAdded;
        query.after = bad;
        EXPECT_EQ(catalogue().select(query).error().code, ErrorCode::kInvalidArgument) << bad;
    }
}

/// What can be seen of the changes of a catalogue, but for times.
std::string seen(const Catalogue& store) {
    std::string text;
    const auto pages = store.select({{}, ItemOrder::kId, {}, 1000, 1});
    for (const StoredItem& item : pages->items) {
        text += item.id + ' ' + item.bank + ' ' + std::to_string(item.state.revision) + ' ' +
                std::to_string(item.state.disabled_until_us.value_or(0)) + ' ' + item.state.reason;
        for (const auto& [name, value] : item.labels) {
            text += ' ' + name + '=' + value;
        }
        const auto claims = store.claims(item.key);
        for (const SourceClaim& claim : *claims) {
            text += " [" + claim.source + ' ' + claim.entry + ' ' +
                    std::to_string(claim.is_withdrawn) + ' ' +
                    std::to_string(claim.stated_at_us.value_or(-1)) + ']';
        }
        text += '\n';
    }
    const auto changes = store.changes_after(0, 100'000);
    for (const Change& change : *changes) {
        text += std::string(change_kind_name(change.kind)) + ' ' + change.id + ' ' +
                change.author.by + ' ' + change.detail + '\n';
    }
    return text;
}

TEST_P(CatalogueEditsTest, DoesAsTheModelDoes) {
    MemoryCatalogue model;
    std::mt19937_64 random(11);
    const auto draw = [&](std::uint64_t below) {
        return random() % below;
    };
    const auto time = [&]() -> std::optional<std::int64_t> {
        return draw(3) == 0 ? std::nullopt : std::optional(static_cast<std::int64_t>(draw(9)));
    };
    for (int step = 0; step < 400; ++step) {
        const std::string number = std::to_string(draw(12));
        const std::string source = draw(2) == 0 ? "tcap" : "ncmec";
        if (draw(3) == 0) {
            NewRow row = listed_row(std::stoull(number), source, number, time());
            row.media.digest.bytes = draw(4) == 0 ? 5 : 0;
            row.may_rename = true;
            row.claims[0].opinion = static_cast<FeedOpinion>(draw(3));
            row.labels = {{"l", std::to_string(draw(3))}};
            const Catalogue::PutOptions options{{}, kAuthor, static_cast<LabelRule>(draw(3))};
            const auto here = catalogue().put(std::span(&row, 1), options);
            const auto there = model.put(std::span(&row, 1), options);
            ASSERT_TRUE(here.ok() && there.ok());
            EXPECT_EQ(here->front().id, there->front().id);
            EXPECT_EQ(here->front().is_stale, there->front().is_stale);
            EXPECT_EQ(here->front().has_new_labels, there->front().has_new_labels);
            EXPECT_EQ(here->front().has_new_claims, there->front().has_new_claims);
        } else if (draw(2) == 0) {
            const Withdrawal withdrawal{source, "default", number, time()};
            const auto here = catalogue().withdraw(std::span(&withdrawal, 1), kAuthor);
            const auto there = model.withdraw(std::span(&withdrawal, 1), kAuthor);
            ASSERT_TRUE(here.ok() && there.ok());
            EXPECT_EQ(here->front().removed, there->front().removed);
            EXPECT_EQ(here->front().kept, there->front().kept);
            EXPECT_EQ(here->front().is_stale, there->front().is_stale);
        } else {
            ItemEdit edit = edit_of("m_" + number);
            edit.is_searched = static_cast<Switch>(draw(4));
            if (draw(3) == 0) {
                edit.bank = draw(2) == 0 ? "other" : "default";
            }
            if (draw(2) == 0) {
                edit.labels["l"] = std::to_string(draw(3));
            }
            const auto here = catalogue().edit(std::span(&edit, 1), kAuthor);
            const auto there = model.edit(std::span(&edit, 1), kAuthor);
            ASSERT_TRUE(here.ok() && there.ok());
            EXPECT_EQ(here->front(), there->front());
        }
        ASSERT_EQ(seen(catalogue()), seen(model)) << "after step " << step;
    }
    EXPECT_TRUE(catalogue().check_structure()->empty());
}

INSTANTIATE_TEST_SUITE_P(Catalogues,
                         CatalogueEditsTest,
                         testing::ValuesIn(test::all_catalogues()),
                         test::name_of_catalogue);

TEST(Glob, MatchesAsAShellDoes) {
    struct Case {
        const char* text;
        const char* pattern;
        bool matches;
    };
    for (const Case& one : std::vector<Case>{{"clip.mp4", "*.mp4", true},
                                             {"clip.mp4", "*.mp3", false},
                                             {"clip.mp4", "clip.???", true},
                                             {"clip.mp4", "clip", false},
                                             {"", "", true},
                                             {"", "*", true},
                                             {"a", "", false},
                                             {"abcabd", "*abd", true},
                                             {"a-b", "a[-x]b", true},
                                             {"a]b", "a[]]b", true},
                                             {"acb", "a[!a-b]b", true},
                                             {"aab", "a[!a-b]b", false},
                                             {"a[b", "a[b", true},
                                             {"ab", "a[", false},
                                             {"a*", "a\\*", false}}) {
        EXPECT_EQ(matches_glob(one.text, one.pattern), one.matches)
            << one.text << " " << one.pattern;
    }
    EXPECT_FALSE(matches_glob(std::string(60'000, 'a'), "*a*a*a*a*a*a*a*b")) << "and soon";
}

}  // namespace
}  // namespace refrain::store

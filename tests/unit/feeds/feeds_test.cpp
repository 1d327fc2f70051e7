// Feeds in JSON and XML.
#include "refrain/feeds.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "unit/feeds/read_text.h"

namespace refrain {
namespace {

using test::FeedReading;
using test::read_text;

constexpr const char* kHex = "d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22";
constexpr const char* kMd5 = "d41d8cd98f00b204e9800998ecf8427e";

TEST(VpdqJson, ReadsTimesWithThreeSignificantDigits) {
    const std::string hex = kHex;
    const FeedReading read = read_text("[\"" + hex + ",100,0.5\", \"" + hex + ",77,1e+02\",\"" +
                                       hex + ",50,1.23e+03\"]");
    ASSERT_EQ(read.entries.size(), 1U);
    ASSERT_EQ(read.entries[0].frames.size(), 3U);
    EXPECT_EQ(read.entries[0].frames[0].time.us, 500'000);
    EXPECT_EQ(read.entries[0].frames[1].time.us, 100'000'000);
    EXPECT_EQ(read.entries[0].frames[2].time.us, 1'230'000'000);
    EXPECT_EQ(read.entries[0].frames[1].quality, 77);
}

TEST(VpdqJson, ReadsTheOlderForm) {
    const FeedReading read = read_text(R"({"0":{"quality":100,"hash":")" + std::string(kHex) +
                                       R"(","timestamp":0.0},"1":{"quality":9,"hash":")" + kHex +
                                       R"(","timestamp":"1.0"}})");
    ASSERT_EQ(read.entries.size(), 1U);
    EXPECT_EQ(read.entries[0].frames.size(), 2U);
    EXPECT_EQ(read.entries[0].frames[1].quality, 9);
}

std::string stopncii(const std::string& status, const std::string& extra = "") {
    return R"({"lastModtimestamp":1700000000,"hashValue":")" + std::string(kHex) +
           R"(","hashStatus":")" + status +
           R"(","caseNumbers":["c1","c2"],"signalType":"ImagePDQ","CSPFeedbacks":[{"source":"x","feedbackValue":"Blocked","tags":[]}])" +
           extra + "}";
}

TEST(StopNcii, LetsTheStatusDecide) {
    const FeedReading read = read_text(
        R"({"count":5,"nextSetTimestamp":1,"nextPageToken":"","hasMoreRecords":false,"hashRecords":[)" +
        stopncii("Active") + "," + stopncii("Received", R"(,"new":{"a":[1]})") + "," +
        stopncii("Withdrawn") + "," + stopncii("Deleted") + "," + stopncii("Odd") + "]}");
    EXPECT_EQ(read.counts.format, FeedFormat::kStopNcii);
    ASSERT_EQ(read.entries.size(), 4U);
    EXPECT_EQ(read.entries[0].action, FeedAction::kAssert);
    EXPECT_EQ(to_hex(read.entries[0].pdq), kHex);
    EXPECT_EQ(read.entries[0].labels.at("case_numbers"), "c1,c2");
    EXPECT_EQ(read.entries[0].opinions, "x=Blocked");
    EXPECT_EQ(read.entries[0].at_us, 1'700'000'000'000'000);
    EXPECT_EQ(read.entries[1].action, FeedAction::kAssert);
    EXPECT_EQ(read.entries[2].action, FeedAction::kWithdraw);
    EXPECT_EQ(read.entries[3].action, FeedAction::kWithdraw);
    EXPECT_EQ(read.entries[3].source_id, read.entries[0].source_id);
    EXPECT_EQ(read.counts.unknown_fields, 1U);
    EXPECT_EQ(read.refusals("unknown_status"), 1U);
}

TEST(Tcap, KeepsIdeologyAndFileTypeAndRefusesSha512) {
    const std::string md5 = kMd5;
    const FeedReading read = read_text(
        R"({"count":3,"next":null,"previous":null,"checkpoint":"9","results":[
        {"hash_digest":")" +
        md5 +
        R"(","algorithm":"MD5","ideology":"islamist","file_type":"mp4","deleted":false,"updated_on":"2024-05-01T10:20:30.5Z","created_on":"2024-05-01","id":7},
        {"hash_digest":")" +
        md5 + R"(","algorithm":"MD5","deleted":true,"id":8},
        {"hash_digest":"00","algorithm":"SHA512","deleted":false,"id":9}]})");
    ASSERT_EQ(read.entries.size(), 2U);
    EXPECT_EQ(read.entries[0].kind, SignalKind::kMd5);
    EXPECT_EQ(read.entries[0].source_id, "7");
    EXPECT_EQ(read.entries[0].labels.at("ideology"), "islamist");
    EXPECT_EQ(read.entries[0].labels.at("file_type"), "mp4");
    EXPECT_EQ(read.entries[0].at_us, 1'714'558'830'500'000);
    EXPECT_EQ(read.entries[0].line, 2U);
    EXPECT_EQ(read.entries[1].action, FeedAction::kWithdraw);
    EXPECT_EQ(read.refused,
              (std::vector<std::pair<std::string, std::uint64_t>>{{"unsupported_signal", 4}}));
}

std::string indicator(const std::string& id, const std::string& statuses) {
    return R"({"id":")" + id + R"(","indicator":")" + kHex +
           R"(","type":"HASH_PDQ","last_updated":1700000000,"should_delete":false,"descriptors":{"data":[)" +
           statuses + "]}}";
}

std::string opinion(const std::string& owner, const std::string& status) {
    return R"({"id":"1","owner":{"id":")" + owner + R"("},"status":")" + status +
           R"(","tags":["t)" + owner + R"("],"reactions":[]})";
}

TEST(ThreatExchange, WeighsTheOpinionsOfSeveralOwners) {
    const std::string bad = opinion("1", "MALICIOUS");
    const std::string good = opinion("2", "NON_MALICIOUS");
    const FeedReading read =
        read_text(R"({"data":[)" + indicator("a", bad) + "," + indicator("b", bad + "," + good) +
                  "," + indicator("c", good + "," + opinion("3", "UNKNOWN")) + R"(],"paging":{}})");
    ASSERT_EQ(read.entries.size(), 3U);
    EXPECT_EQ(read.entries[0].opinion, FeedOpinion::kListed);
    EXPECT_EQ(read.entries[1].opinion, FeedOpinion::kDisputed);
    EXPECT_EQ(read.entries[1].opinions, "1=MALICIOUS,2=NON_MALICIOUS");
    EXPECT_EQ(read.entries[1].labels.at("tags"), "t1,t2");
    EXPECT_EQ(read.entries[2].opinion, FeedOpinion::kHarmless);
}

TEST(ThreatExchange, NeedsNoHashToWithdraw) {
    const FeedReading read =
        read_text(R"({"data":[{"id":"9","type":"HASH_PDQ","should_delete":true}]})");
    ASSERT_EQ(read.entries.size(), 1U);
    EXPECT_EQ(read.entries[0].action, FeedAction::kWithdraw);
    EXPECT_EQ(read.entries[0].kind, SignalKind::kNone);
    EXPECT_EQ(read.entries[0].source_id, "9");
}

TEST(Hma, ReadsContentsWithSeveralSignals) {
    const std::string hex = kHex;
    const FeedReading read = read_text(
        R"([{"id":3,"bank":{"name":"B_X","matching_enabled_ratio":1.0},"disable_until_ts":0,"note":"n","signals":{"pdq":")" +
        hex + R"(","video_md5":")" + kMd5 + R"(","vpdq":"[\")" + hex + R"(,100,1.0\"]"}},
        {"id":4,"disable_until_ts":1,"signals":{"pdq":")" +
        hex + R"("}},{"id":5}])");
    ASSERT_EQ(read.entries.size(), 4U);
    EXPECT_EQ(read.entries[0].source_id, "B_X/3");
    EXPECT_EQ(read.entries[0].labels.at("note"), "n");
    EXPECT_EQ(read.entries[0].disabled_until_us, std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(read.entries[1].kind, SignalKind::kMd5);
    EXPECT_EQ(read.entries[2].kind, SignalKind::kVpdq);
    EXPECT_FALSE(read.entries[3].disabled_until_us.has_value());
    EXPECT_EQ(read.refusals("no_signals"), 1U);
}

TEST(Json, ReadsDocumentsThatFollowEachOther) {
    const std::string page = R"({"hashRecords":[)" + stopncii("Active") + "]}";
    const FeedReading read = read_text(page + "\n" + page + page, {}, 3);
    EXPECT_EQ(read.entries.size(), 3U);
    EXPECT_TRUE(read.counts.refused.empty());
}

TEST(Json, KeepsWhatStandsBeforeATruncation) {
    const std::string page =
        R"({"hashRecords":[)" + stopncii("Active") + "," + stopncii("Active") + "]}";
    const FeedReading read = read_text(page.substr(0, page.size() - 20));
    EXPECT_EQ(read.entries.size(), 1U);
    EXPECT_EQ(read.refusals("bad_json"), 1U);
    for (std::size_t cut = 20; cut < page.size(); ++cut) {
        EXPECT_EQ(read_text(page.substr(0, cut)).refusals("bad_json"), 1U) << cut;
    }
}

TEST(Json, RefusesWhatIsTooDeepAndGoesOn) {
    const std::string deep = std::string(2000, '[') + std::string(2000, ']');
    const FeedReading read =
        read_text(R"({"hashRecords":[)" + stopncii("Active", ",\"deep\":" + deep) + "," +
                  stopncii("Active") + "]}");
    EXPECT_EQ(read.refusals("too_deep"), 1U);
    EXPECT_EQ(read.entries.size(), 1U);
}

TEST(Json, EndsAtBracketsWithoutEnd) {
    const FeedReading read = read_text(std::string(1'000'000, '['), {FeedFormat::kStopNcii});
    EXPECT_EQ(read.refusals("bad_json"), 1U);
}

TEST(Json, RefusesARecordThatIsTooLargeAndGoesOn) {
    std::string large = R"({"hashRecords":[{"a":[)";
    const std::string part = "\"" + std::string(1 << 20, 'x') + "\",";
    for (std::size_t bytes = 0; bytes <= FeedLimits::kMaxRecord; bytes += 1U << 20) {
        large += part;
    }
    large += "1]}," + stopncii("Active") + "]}";
    const FeedReading read = read_text(large);
    EXPECT_EQ(read.refusals("too_large"), 1U);
    EXPECT_EQ(read.entries.size(), 1U);
}

TEST(Json, EndsAtATextWithoutEnd) {
    const std::string text =
        R"({"hashRecords":[{"a":")" + std::string(FeedLimits::kMaxToken + 100, 'x');
    EXPECT_EQ(read_text(text + "\"}]}").refusals("bad_json"), 1U);
}

TEST(Json, RefusesEntriesOfAnotherKind) {
    const FeedReading read = read_text(R"({"hashRecords":[1,null,"x",[],{}]})");
    EXPECT_EQ(read.refusals("bad_entry"), 4U);
    EXPECT_EQ(read.counts.asserted, 0U);
    EXPECT_EQ(read_text(R"({"count":0})", {FeedFormat::kTcap}).refusals("no_entries"), 1U);
}

constexpr const char* kNcmecHead =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">)";

std::string ncmec_page() {
    return std::string(kNcmecHead) + R"(<images count="2"><image>
  <member id="42">Some &amp; Member</member><timestamp>2017-10-24T15:00:00Z</timestamp><id>image1</id>
  <classification>A1</classification>
  <fingerprints><md5>)" +
           kMd5 + R"(</md5><pdna>aaaa</pdna><pdq>)" + kHex + R"(</pdq></fingerprints>
  <feedback><affirmativeFeedback type="Md5"/></feedback></image>
  <deletedImage><member id="43">B</member><id>image4</id><timestamp>2017-10-24T15:10:00Z</timestamp></deletedImage></images>
  <videos><video><member id="42">A</member><id>v1</id><fingerprints><sha1>)" +
           std::string(40, 'b') + R"(</sha1></fingerprints></video></videos>
  <paging><next>/v2/entries?start=2&amp;x=1</next></paging></queryResult>)";
}

TEST(Ncmec, NamesEntriesByMemberAndId) {
    const FeedReading read = read_text(ncmec_page(), {}, 5);
    EXPECT_EQ(read.counts.format, FeedFormat::kNcmec);
    ASSERT_EQ(read.entries.size(), 4U);
    EXPECT_EQ(read.entries[0].kind, SignalKind::kMd5);
    EXPECT_EQ(read.entries[0].source_id, "42-image1");
    EXPECT_EQ(read.entries[0].labels.at("classification"), "A1");
    EXPECT_EQ(read.entries[0].labels.at("member"), "Some & Member");
    EXPECT_EQ(read.entries[0].opinions, "affirmativeFeedback=Md5");
    EXPECT_EQ(read.entries[1].kind, SignalKind::kPdq);
    EXPECT_EQ(read.entries[2].action, FeedAction::kWithdraw);
    EXPECT_EQ(read.entries[2].source_id, "43-image4");
    EXPECT_EQ(read.entries[3].kind, SignalKind::kSha1);
    EXPECT_EQ(read.entries[3].labels.at("file_type"), "video");
    EXPECT_EQ(read.refusals("unsupported_signal"), 1U);
}

TEST(Ncmec, KeepsWhatStandsBeforeATruncation) {
    const std::string page = ncmec_page();
    const FeedReading read = read_text(page.substr(0, page.size() - 10));
    EXPECT_EQ(read.entries.size(), 4U);
    EXPECT_EQ(read.refusals("bad_xml"), 1U);
}

TEST(Ncmec, RefusesADocumentTypeAndWithItEveryEntity) {
    std::string bomb = R"(<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">)";
    char last = 'a';
    for (char name = 'b'; name < 'k'; last = name++) {
        bomb += std::string("<!ENTITY ") + name + " \"";
        for (int i = 0; i < 10; ++i) {
            bomb += std::string("&") + last + ";";
        }
        bomb += "\">";
    }
    const FeedReading read = read_text(bomb + "]><queryResult>&j;</queryResult>");
    EXPECT_EQ(read.refusals("doctype"), 1U);
    EXPECT_TRUE(read.entries.empty());
    EXPECT_EQ(
        read_text(R"(<!DOCTYPE q SYSTEM "file:///etc/passwd"><queryResult/>)").refusals("doctype"),
        1U);
}

TEST(Ncmec, EndsAtElementsOrTextsWithoutEnd) {
    std::string deep = kNcmecHead;
    for (int i = 0; i < 100; ++i) {
        deep += "<a>";
    }
    EXPECT_EQ(read_text(deep).refusals("too_deep"), 1U);
    EXPECT_EQ(read_text(kNcmecHead + std::string("<image><id>") + std::string(100'000, 'x'))
                  .refusals("too_large"),
              1U);
}

}  // namespace
}  // namespace refrain

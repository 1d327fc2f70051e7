#include "refrain/json.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "json/json_parts.h"
#include "json/utf8.h"

namespace refrain {

namespace {

using Json = nlohmann::ordered_json;

std::string keys_of(const Json& object) {
    std::string keys;
    for (const auto& [key, value] : object.items()) {
        keys += (keys.empty() ? "" : " ") + key;
    }
    return keys;
}

MediaInfo clip() {
    MediaInfo media;
    media.kind = MediaKind::kVideo;
    media.width = 640;
    media.height = 360;
    media.duration = MediaTime::from_us(30'033'499);
    return media;
}

TEST(Utf8, ReplacesEachBadByte) {
    EXPECT_EQ(json::to_utf8("a\xff\xfe"
                            "b"),
              "a\xEF\xBF\xBD\xEF\xBF\xBD"
              "b");
    for (const char* good : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        EXPECT_TRUE(json::is_utf8(good)) << good;
        EXPECT_EQ(json::to_utf8(good), good);
    }
    // Overlong, surrogate, above U+10FFFF, cut short, lone continuation.
    for (const char* bad :
         {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
        EXPECT_FALSE(json::is_utf8(bad));
        EXPECT_TRUE(json::is_utf8(json::to_utf8(bad)));
    }
}

TEST(Json, RoundsWithoutNegativeZero) {
    EXPECT_EQ(json::rounded(1.23456, 3), 1.235);
    EXPECT_FALSE(std::signbit(json::rounded(-0.0001, 3)));
}

TEST(Json, WritesTimesInUtc) {
    EXPECT_EQ(json::utc_text(0), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(json::utc_text(1'700'000'000'123'456), "2023-11-14T22:13:20.123456Z");
    EXPECT_EQ(json::utc_text(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(Json, AnAddedVideoHasTheFieldsOfTheContractInOrder) {
    AddReport report;
    report.input = "a/clip.mp4";
    report.name = "clip.mp4";
    report.bank = "default";
    report.outcome = AddOutcome{AddStatus::kAdded, "m_1", 61234, 41, true, false, false};
    report.media = clip();
    const Json line = Json::parse(to_json(report));
    EXPECT_EQ(keys_of(line), "schema input status id name bank media fingerprint searchable error");
    EXPECT_EQ(line["media"]["duration_ms"], 30033);
    EXPECT_EQ(line["fingerprint"], (Json{{"frames", 41}, {"bytes", 61234}}));
    EXPECT_TRUE(line["error"].is_null());
}

TEST(Json, APartialAdditionSaysHowMuchWasDecoded) {
    AddReport report;
    report.outcome = AddOutcome{};
    report.media = clip();
    report.decode = DecodeReport{12, 3, MediaTime::from_ms(480), true, "ends early"};
    const Json line = Json::parse(to_json(report));
    EXPECT_EQ(line["status"], "partial");
    EXPECT_EQ(line["decoded_ms"], 480);
    EXPECT_EQ(line["decoded_frames"], 12);
    EXPECT_EQ(line["damage"], "ends early");
}

TEST(Json, AnItemThatIsThereIsNamed) {
    AddReport report;
    report.input = "copy of clip.mp4";
    report.bank = "films";
    AddOutcome outcome;
    outcome.status = AddStatus::kExists;
    outcome.id = "m_1";
    outcome.is_searchable = false;
    report.outcome = outcome;
    report.media = clip();
    ItemSummary item;
    item.id = "m_1";
    item.name = "clip.mp4";
    item.bank = "films";
    item.source = "/archive/clip.mp4";
    report.known = item;
    const Json line = Json::parse(to_json(report));
    EXPECT_EQ(line["status"], "exists");
    EXPECT_EQ(line["searchable"], false);
    EXPECT_EQ(line["known"]["id"], "m_1");
    EXPECT_EQ(line["known"]["name"], "clip.mp4");
    EXPECT_EQ(line["known"]["bank"], "films");
    EXPECT_EQ(line["known"]["source"], "/archive/clip.mp4");
    EXPECT_FALSE(line.contains("new_bank"));
    EXPECT_FALSE(line.contains("healed"));
}

TEST(Json, AFailedAdditionHasNeitherIdNorMedia) {
    AddReport report;
    report.input = "bad\xff";
    report.error = Error{ErrorCode::kCorrupt, "broken"};
    const Json line = Json::parse(to_json(report));
    EXPECT_EQ(line["status"], "failed");
    EXPECT_EQ(line["input_hex"], "626164ff");
    EXPECT_TRUE(line["id"].is_null());
    EXPECT_TRUE(line["media"].is_null());
    EXPECT_EQ(line["error"], (Json{{"code", "corrupt"}, {"message", "broken"}}));
}

FindAnswer answer_with(const Match& match) {
    FindAnswer answer;
    answer.status = FindStatus::kMatch;
    answer.matches = {match};
    return answer;
}

TEST(Json, AMatchHasTheFieldsOfTheContractInOrder) {
    Match match;
    match.id = "m_1";
    match.score = 17.23456;
    match.evidence = {Evidence::kExact, Evidence::kFrames};
    match.transform = Transform{true, 0, 0.71, {0.1, 0.05, 0.9, 0.95}, false};
    Segment segment;
    segment.query = TimeSpan{MediaTime::from_ms(20040), MediaTime::from_ms(30010)};
    segment.hits = 23;
    segment.score = 17.2;
    match.segments = {segment};
    FindReport report;
    report.media = clip();
    report.answer = answer_with(match);
    const Json line = Json::parse(to_json(report));
    EXPECT_EQ(keys_of(line), "schema input status media matches default_min_score timing_ms error");
    const Json& found = line["matches"][0];
    EXPECT_EQ(keys_of(found),
              "id name bank labels score relation evidence transform coverage segments");
    EXPECT_EQ(found["score"], 17.235);
    EXPECT_EQ(found["evidence"], (Json{"exact", "frames"}));
    EXPECT_EQ(keys_of(found["transform"]), "mirrored rotation_deg scale box negative");
    EXPECT_EQ(keys_of(found["segments"][0]), "query_ms speed hits score");
    EXPECT_EQ(found["segments"][0]["query_ms"], (Json{20040, 30010}));
}

TEST(Json, ASegmentHasATransformWhereItDiffers) {
    Match match;
    match.transform = Transform{};
    match.segments.resize(2);
    match.segments[1].transform = Transform{};
    match.segments[1].transform->is_mirrored = true;
    FindReport report;
    report.answer = answer_with(match);
    const Json segments = Json::parse(to_json(report))["matches"][0]["segments"];
    EXPECT_FALSE(segments[0].contains("transform"));
    EXPECT_EQ(segments[1]["transform"]["mirrored"], true);
}

TEST(Json, AnImageMatchHasNoSegments) {
    FindReport report;
    report.answer = answer_with(Match{});
    const Json line = Json::parse(to_json(report));
    EXPECT_FALSE(line["matches"][0].contains("segments"));
    EXPECT_FALSE(line["matches"][0].contains("transform"));
    EXPECT_TRUE(line["matches"][0]["labels"].is_object());
}

TEST(Json, WhatCouldNotBeScannedIsNeverNoMatch) {
    FindReport report;
    report.error = Error{ErrorCode::kTimeout, "too slow"};
    const Json line = Json::parse(to_json(report));
    EXPECT_EQ(line["status"], "not_scanned");
    EXPECT_EQ(line["matches"], Json::array());
    EXPECT_EQ(line["default_min_score"], kDefaultMinScore);
}

TEST(Json, EveryLineIsOneLine) {
    RemoveReport report{"a\nb\xff\x01", false};
    const std::string text = to_json(report);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(Json::parse(text)["error"]["code"], "unknown_id");
}

TEST(Json, AnHourOfVideoIsCountedFromTheRecordsOfVideosAlone) {
    CorpusStats stats;
    stats.record_bytes = 9000;
    EXPECT_EQ(Json::parse(to_json(stats))["bytes_per_video_hour"], 0) << "no video, no division";
    stats.video_duration = MediaTime::from_seconds(1800);
    stats.video_record_bytes = 700;
    const Json line = Json::parse(to_json(stats));
    EXPECT_EQ(line["bytes_per_video_hour"], 1400);
    EXPECT_EQ(line["video_hours"], 0.5);
}

TEST(Json, DamageIsListed) {
    VerifyReport report;
    report.damaged = 1;
    report.damage = {{"m_1", "checksum", "/a.jpg", "remove it"}};
    const Json line = Json::parse(to_json(report));
    EXPECT_EQ(line["status"], "damaged");
    EXPECT_EQ(line["damage"][0], (Json{{"id", "m_1"},
                                       {"problem", "checksum"},
                                       {"source", "/a.jpg"},
                                       {"remedy", "remove it"}}));
}

}  // namespace

}  // namespace refrain

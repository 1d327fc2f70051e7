// Lists that have a hash a line.
#include <string>

#include <gtest/gtest.h>

#include "refrain/feeds.h"

#include "unit/feeds/read_text.h"

namespace refrain {
namespace {

using test::FeedReading;
using test::read_text;

constexpr const char* kHex = "d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22";
constexpr const char* kReversed =
    "9b224e9c339c33e61e1d96622ed5b36e67f0078f022a0637a84fe0f4f0ced8f8";
constexpr const char* kMd5 = "d41d8cd98f00b204e9800998ecf8427e";
constexpr const char* kSha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

std::string upper(std::string text) {
    for (char& letter : text) {
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    return text;
}

TEST(PdqLines, ReadsEveryVariant) {
    const std::string hex = kHex;
    const FeedReading read = read_text(hex + "\n" + hex + ",a note, with a comma\n" + hex +
                                       ",87,some/name,1.jpg\nhash=" + hex +
                                       ",norm=128,delta=0,quality=99,filename=f,1.jpg\n");
    ASSERT_EQ(read.entries.size(), 4U);
    EXPECT_EQ(read.counts.format, FeedFormat::kPdq);
    for (const FeedEntry& entry : read.entries) {
        EXPECT_EQ(to_hex(entry.pdq), hex);
    }
    EXPECT_EQ(read.entries[1].labels.at("meta"), "a note, with a comma");
    EXPECT_EQ(read.entries[2].quality, 87);
    EXPECT_EQ(read.entries[2].labels.at("name"), "some/name,1.jpg");
    EXPECT_EQ(read.entries[3].quality, 99);
    EXPECT_EQ(read.entries[3].labels.at("name"), "f,1.jpg");
    EXPECT_EQ(read.entries[3].line, 4U);
}

TEST(PdqLines, PutsReversedWordsInOrder) {
    FeedOptions options;
    options.is_word_reversed = true;
    const FeedReading read = read_text(kReversed, options);
    ASSERT_EQ(read.entries.size(), 1U);
    EXPECT_EQ(to_hex(read.entries[0].pdq), kHex);
}

TEST(PdqLines, TakesTheColumnThatItsHeadingNames) {
    const FeedReading read = read_text("path,hash,quality,status\na.jpg," + std::string(kHex) +
                                       ",50,ok\nb.jpg,,0,bad\n");
    ASSERT_EQ(read.entries.size(), 1U);
    EXPECT_EQ(to_hex(read.entries[0].pdq), kHex);
    EXPECT_EQ(read.entries[0].quality, 50);
    EXPECT_EQ(read.entries[0].labels.at("path"), "a.jpg");
    EXPECT_EQ(read.refusals("not_hex"), 1U);
    EXPECT_EQ(read.counts.passed_over, 1U);
}

TEST(PdqLines, AcceptsByteOrderMarkCarriageReturnsBlanksAndUpperCase) {
    const FeedReading read =
        read_text("\xEF\xBB\xBF" + upper(kHex) + "\r\n\r\n# note\r\n  " + kHex + "  \r\n");
    ASSERT_EQ(read.entries.size(), 2U);
    EXPECT_EQ(read.entries[0].pdq, read.entries[1].pdq);
    EXPECT_EQ(read.counts.passed_over, 2U);
    EXPECT_EQ(read.counts.lines, 4U);
    EXPECT_TRUE(read.counts.refused.empty());
}

TEST(PdqLines, RefusesEachBadLineByItsReasonAndGoesOn) {
    const std::string hex = kHex;
    std::string text = hex + "\n" + hex.substr(1) + "\n" + hex.substr(2) + "\n" + hex +
                       "00\nxyz\n" + "hash=" + hex + ",quality=101\nhash=" + hex + ",nothing\n";
    text += std::string(FeedLimits::kMaxLine + 1, 'a') + "\n";
    text += hex.substr(0, 10) + std::string(1, '\0') + hex + "\n" + hex;
    const FeedReading read = read_text(text);
    EXPECT_EQ(read.entries.size(), 2U);
    EXPECT_EQ(read.refusals("odd_digits"), 1U);
    EXPECT_EQ(read.refusals("wrong_length"), 2U);
    EXPECT_EQ(read.refusals("not_hex"), 1U);
    EXPECT_EQ(read.refusals("bad_quality"), 1U);
    EXPECT_EQ(read.refusals("bad_field"), 1U);
    EXPECT_EQ(read.refusals("line_too_long"), 1U);
    EXPECT_EQ(read.refusals("nul_byte"), 1U);
    EXPECT_EQ(read.refused.front(), std::pair(std::string("odd_digits"), std::uint64_t{2}));
    EXPECT_EQ(read.counts.lines, 10U);
}

TEST(PdqLines, TakesALineOfTheLongestLengthAndNoLonger) {
    const std::string hex = kHex;
    const std::string longest = hex + "," + std::string(FeedLimits::kMaxLine - hex.size() - 1, 'm');
    const FeedReading read = read_text(longest + "\n" + longest + "m\n", {}, 1000);
    EXPECT_EQ(read.entries.size(), 1U);
    EXPECT_EQ(read.refusals("line_too_long"), 1U);
}

TEST(PdqLines, DoesNotDependOnTheSizeOfReads) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
        text += std::string(kHex) + ",line " + std::to_string(i) + "\r\n";
    }
    const FeedReading whole = read_text(text);
    ASSERT_EQ(whole.entries.size(), 40U);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
        EXPECT_EQ(read_text(text, {}, step).entries, whole.entries) << step;
    }
}

TEST(DigestLines, TellsKindsByTheirLength) {
    const FeedReading read = read_text(std::string(kMd5) + "\n" + kSha1 + "  a b.mp4\n" + kHex +
                                       " *c.jpg\n\\" + kMd5 + "  a\\\\b\n");
    ASSERT_EQ(read.entries.size(), 4U);
    EXPECT_EQ(read.counts.format, FeedFormat::kDigests);
    EXPECT_EQ(read.entries[0].kind, SignalKind::kMd5);
    EXPECT_EQ(read.entries[0].digest_bytes().size(), 16U);
    EXPECT_EQ(read.entries[0].digest_bytes()[1], 0x1d);
    EXPECT_EQ(read.entries[1].kind, SignalKind::kSha1);
    EXPECT_EQ(read.entries[1].labels.at("name"), "a b.mp4");
    EXPECT_EQ(read.entries[2].kind, SignalKind::kSha256);
    EXPECT_EQ(read.entries[2].labels.at("name"), "c.jpg");
    EXPECT_EQ(read.entries[3].kind, SignalKind::kMd5);
}

TEST(VpdqLines, ReadsBothFormsAsOneVideo) {
    const std::string hex = kHex;
    const FeedReading four = read_text("0,100," + hex + ",0.000\n30,98," + hex + ",1.001\n");
    const FeedReading three = read_text("100," + hex + ",0.000\n98," + hex + ",1.001\n");
    ASSERT_EQ(four.entries.size(), 1U);
    ASSERT_EQ(three.entries.size(), 1U);
    EXPECT_EQ(four.counts.format, FeedFormat::kVpdq);
    EXPECT_EQ(four.entries[0].frames, three.entries[0].frames);
    EXPECT_EQ(four.entries[0].frames[1].time.us, 1'001'000);
    EXPECT_EQ(four.entries[0].frames[1].quality, 98);
}

TEST(VpdqLines, PutsFramesInOrderAndRefusesBadOnes) {
    const std::string hex = kHex;
    const FeedReading read =
        read_text("1,100," + hex + ",2\n0,100," + hex + ",1e+00\n2,100," + hex + ",-1\n3,200," +
                  hex + ",3\n4,100,abc,4\n" + hex + "\n");
    ASSERT_EQ(read.entries.size(), 1U);
    ASSERT_EQ(read.entries[0].frames.size(), 2U);
    EXPECT_EQ(read.entries[0].frames[0].time.us, 1'000'000);
    EXPECT_EQ(read.refusals("bad_time"), 1U);
    EXPECT_EQ(read.refusals("bad_quality"), 1U);
    EXPECT_EQ(read.refusals("odd_digits"), 1U);
    EXPECT_EQ(read.refusals("bad_field"), 1U);
}

TEST(ReadFeed, SaysThatItCannotTell) {
    const auto counts = read_feed(test::bytes_of("hello\nworld\n", 100), {}, {});
    ASSERT_FALSE(counts.ok());
    EXPECT_EQ(counts.error().code, ErrorCode::kUnsupportedFormat);
}

TEST(ReadFeed, EndsWhenTheVisitorWantsNoMore) {
    const std::string text = std::string(kHex) + "\n" + kHex + "\n" + kHex + "\n";
    int seen = 0;
    const auto counts = read_feed(test::bytes_of(text, 100), {},
                                  {[&](FeedEntry&&) { return ++seen < 2; }, nullptr});
    ASSERT_TRUE(counts.ok());
    EXPECT_EQ(seen, 2);
}

TEST(ReadFeed, PassesOnWhyTheBytesEnded) {
    const FeedBytes failing = [](std::span<char>) -> Result<std::size_t> {
        return Error{ErrorCode::kUnreadable, "the disk is gone"};
    };
    const auto counts = read_feed(failing, {FeedFormat::kPdq}, {});
    ASSERT_FALSE(counts.ok());
    EXPECT_EQ(counts.error().message, "the disk is gone");
}

}  // namespace
}  // namespace refrain

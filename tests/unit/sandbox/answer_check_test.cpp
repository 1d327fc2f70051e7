#include "sandbox/answer_check.h"

#include <climits>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "support/made_up_medium.h"

namespace refrain::sandbox {
namespace {

/// A worker's honest answer, to be made dishonest.
class Answer : public ::testing::Test {
  protected:
    Answer() {
        made_ = test::made_up(7, MediaKind::kVideo, 4);
        made_.decode.decoded_frames = 10;
        request_.options.sampling = Sampling::kKnown;
        request_.options.views = Views::kUpright;
        request_.digest = made_.media.digest;
    }

    [[nodiscard]] Result<FingerprintRun> read() const {
        Message message;
        message.header.kind = Kind::kRun;
        message.body = encode_fingerprint(made_).value();
        return read_run(message, request_);
    }
    [[nodiscard]] ErrorCode code() const {
        const Result<FingerprintRun> run = read();
        return run ? ErrorCode::kCancelled : run.error().code;
    }

    static constexpr ErrorCode kAccepted = ErrorCode::kCancelled;  // which no worker may send
    Fingerprint made_;
    Request request_;
};

TEST_F(Answer, IsAcceptedWhenHonest) {
    const Result<FingerprintRun> run = read();
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->fingerprint.frames.size(), 4U);
}

TEST_F(Answer, MayNameAContainerInSoManyLettersAndNoMore) {
    made_.media.container = std::string(255, 'c');
    made_.media.codec = std::string(255, 'c');
    EXPECT_EQ(code(), kAccepted);
    made_.media.container += 'c';
    EXPECT_EQ(code(), ErrorCode::kDecoderCrashed);
    made_.media.container.pop_back();
    made_.media.codec += 'c';
    EXPECT_EQ(code(), ErrorCode::kDecoderCrashed);
}

TEST_F(Answer, MayNotNameAContainerInOtherThanPrintedLetters) {
    for (const char* name : {"a\nb", "a\x7f", "\xc3\xa9"}) {
        made_.media.container = name;
        EXPECT_EQ(code(), ErrorCode::kDecoderCrashed) << name;
    }
}

TEST_F(Answer, HasAtMostTwoHashesOfADecodedFrame) {
    made_.decode.decoded_frames = 2;
    EXPECT_EQ(code(), kAccepted);
    made_.decode.decoded_frames = 1;
    EXPECT_EQ(code(), ErrorCode::kDecoderCrashed);
}

TEST_F(Answer, HasNoMoreFramesThanTheLimit) {
    request_.options.limits.max_frames = 10;
    EXPECT_EQ(code(), kAccepted);
    request_.options.limits.max_frames = 9;
    EXPECT_EQ(code(), ErrorCode::kDecoderCrashed);
}

TEST_F(Answer, EndsBeforeSumsOfTimesCouldOverflow) {
    made_.media.duration = MediaTime::from_us(INT64_MAX / 4);
    EXPECT_EQ(code(), kAccepted);
    made_.media.duration = MediaTime::from_us(INT64_MAX / 4 + 1);
    EXPECT_EQ(code(), ErrorCode::kDecoderCrashed);
    made_.media.duration = MediaTime::from_seconds(8);
    made_.decode.decoded_until = MediaTime::from_us(INT64_MAX / 4 + 1);
    EXPECT_EQ(code(), ErrorCode::kDecoderCrashed);
}

TEST_F(Answer, IsOfTheMediumThatWasAskedFor) {
    ++request_.digest.sha256[0];
    EXPECT_EQ(code(), ErrorCode::kDecoderCrashed);
}

TEST_F(Answer, TellsOfDamageInOneLineOfBoundedLength) {
    made_.decode.is_partial = true;
    made_.decode.damage = std::string(2047, 'd') + "\n" + "more";
    const Result<FingerprintRun> run = read();
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->fingerprint.decode.damage, std::string(2047, 'd') + " ");
}

TEST(OneLine, HasNoControlCharacters) {
    EXPECT_EQ(one_line("a\nb\x1b\x7f"
                       "c"),
              "a b  c");
}

TEST(WorkersError, IsOneThatAMediumCanCause) {
    Message message;
    message.header.kind = Kind::kError;
    message.header.numbers[0] = static_cast<std::int64_t>(ErrorCode::kCorrupt);
    EXPECT_EQ(read_error(message).code, ErrorCode::kCorrupt);
    for (const ErrorCode code :
         {ErrorCode::kCancelled, ErrorCode::kCorpusDamaged, ErrorCode::kUnknownBank}) {
        message.header.numbers[0] = static_cast<std::int64_t>(code);
        EXPECT_EQ(read_error(message).code, ErrorCode::kDecoderCrashed);
    }
}

}  // namespace
}  // namespace refrain::sandbox

#include <set>

#include <gtest/gtest.h>

#include "refrain/error.h"
#include "refrain/hash256.h"
#include "refrain/log.h"
#include "refrain/media_time.h"
#include "refrain/result.h"

namespace refrain {
namespace {

TEST(ErrorCodeName, IsDifferentForEveryCode) {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(ErrorCode::kUnknownBank); ++code) {
        names.insert(error_code_name(static_cast<ErrorCode>(code)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kUnknownBank) + 1);
}

TEST(HashText, PutsTheHighestBitFirst) {
    Hash256 hash;
    hash.set_bit(0);
    hash.set_bit(255);
    EXPECT_EQ(to_hex(hash), "8" + std::string(62, '0') + "1");
}

TEST(HashText, ReadsWhatItWrites) {
    Hash256 hash;
    hash.words = {0x0123456789abcdefULL, 0xfedcba9876543210ULL, 1, 0xff00ff00ff00ff00ULL};
    EXPECT_EQ(hash256_from_hex(to_hex(hash)), hash);
}

TEST(HashText, RefusesWhatIsNoHash) {
    EXPECT_FALSE(hash256_from_hex("").has_value());
    EXPECT_FALSE(hash256_from_hex(std::string(63, '0')).has_value());
    EXPECT_FALSE(hash256_from_hex(std::string(65, '0')).has_value());
    EXPECT_FALSE(hash256_from_hex(std::string(63, '0') + "g").has_value());
}

TEST(MediaTimeMs, RoundsToTheNearest) {
    EXPECT_EQ(MediaTime::from_us(1499).ms(), 1);
    EXPECT_EQ(MediaTime::from_us(1500).ms(), 2);
    EXPECT_EQ(MediaTime::from_us(-1500).ms(), -2);
}

TEST(Result, HoldsAValueOrAnError) {
    const Result<int> good = 5;
    const Result<int> bad = Error{ErrorCode::kEmpty, "nothing"};
    EXPECT_TRUE(good.ok());
    EXPECT_EQ(*good, 5);
    EXPECT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().code, ErrorCode::kEmpty);
}

TEST(ResultDeathTest, AbortsWhenAskedForWhatIsNotThere) {
    Result<int> bad = Error{ErrorCode::kEmpty, "nothing"};
    EXPECT_DEATH((void)bad.value(), "");
}

TEST(LogLevelWord, IsParsedOrRefused) {
    EXPECT_EQ(parse_log_level("warn"), LogLevel::kWarn);
    EXPECT_FALSE(parse_log_level("loud").has_value());
}

}  // namespace
}  // namespace refrain

#include "store/row_check.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace refrain::store {
namespace {

TEST(RowCheck, TakesRecordsOfSoManyBytesAndNoMore) {
    NewRow row;
    row.id = "id";
    row.bank = "bank";
    row.record.resize(kMaxRecordBytes);
    EXPECT_TRUE(check_row(row));
    row.record.resize(kMaxRecordBytes + 1);
    ASSERT_FALSE(check_row(row));
    EXPECT_EQ(check_row(row).error().code, ErrorCode::kTooLarge);
}

TEST(RowCheck, TakesNoNumberThatTheDatabaseCannotHold) {
    NewRow row;
    row.id = "id";
    row.bank = "bank";
    row.record.resize(1);
    row.frames = INT64_MAX;
    row.media.digest.bytes = INT64_MAX;
    EXPECT_TRUE(check_row(row));
    ++row.frames;
    EXPECT_FALSE(check_row(row));
    row.frames = 1;
    ++row.media.digest.bytes;
    EXPECT_FALSE(check_row(row));
}

}  // namespace
}  // namespace refrain::store

#include "store/row_check.h"

#include <cstddef>

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

}  // namespace
}  // namespace refrain::store

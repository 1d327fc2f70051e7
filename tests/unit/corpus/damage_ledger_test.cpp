#include "corpus/damage_ledger.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "support/made_up_medium.h"

namespace refrain::corpus {
namespace {

/// A row and the record beside it, which say the same.
class RowAndRecord : public ::testing::Test {
  protected:
    RowAndRecord() : record_(encode_fingerprint(made_).value()) {
        row_.media = made_.media;
        row_.frames = made_.frames.size();
    }
    [[nodiscard]] bool is_sound() const { return problem_of(row_, record_).empty(); }

    Fingerprint made_ = test::made_up(5, MediaKind::kVideo, 3);
    std::vector<std::byte> record_;
    store::StoredItem row_;
};

TEST_F(RowAndRecord, AreSoundTogether) { EXPECT_EQ(problem_of(row_, record_), ""); }

TEST_F(RowAndRecord, AreOfTheSameBytes) {
    ++row_.media.digest.sha256[31];
    EXPECT_EQ(problem_of(row_, record_), "the record is of other bytes than its row says");
}

TEST_F(RowAndRecord, AreOfTheSameLength) {
    ++row_.media.digest.bytes;
    EXPECT_FALSE(is_sound());
}

TEST_F(RowAndRecord, HaveTheSameNumberOfFrames) {
    ++row_.frames;
    EXPECT_EQ(problem_of(row_, record_), "the record and its row contradict each other");
}

TEST_F(RowAndRecord, AreOfTheSameKind) {
    row_.media.kind = MediaKind::kImage;
    EXPECT_FALSE(is_sound());
}

TEST_F(RowAndRecord, HaveTheSameDuration) {
    row_.media.duration = row_.media.duration + MediaTime::from_us(1);
    EXPECT_FALSE(is_sound());
}

TEST_F(RowAndRecord, AreRefusedWhereTheRecordIsNone) {
    record_.pop_back();
    EXPECT_FALSE(is_sound());
}

}  // namespace
}  // namespace refrain::corpus

#include "index/table_segment.h"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::index {
namespace {

/// The arrays of a segment, to be taken over once one of them was damaged.
class Adopted : public ::testing::Test {
  protected:
    Adopted() {
        std::mt19937_64 random(3);
        LooseCodes loose;
        for (CodeId id = 0; id < 400; ++id) {
            loose.codes.push_back(test::random_hash(random));
            loose.ids.push_back(id);
        }
        made_ = std::make_shared<TableSegment>(std::move(loose), 1);
        arrays_ = made_->arrays();
    }
    [[nodiscard]] bool fits() const { return TableSegment::adopt(arrays_, made_) != nullptr; }

    std::shared_ptr<const TableSegment> made_;
    TableSegment::Arrays arrays_;
};

TEST_F(Adopted, FitsAsItWasMade) {
    ASSERT_TRUE(made_->has_tables());
    EXPECT_TRUE(fits());
}

TEST_F(Adopted, HasAnIdForEachCode) {
    arrays_.ids = arrays_.ids.first(399);
    EXPECT_FALSE(fits());
    arrays_.ids = {};
    EXPECT_FALSE(fits());
}

TEST_F(Adopted, HasTablesOfAllCodesOrNone) {
    arrays_.positions = arrays_.positions.first(arrays_.positions.size() - 1);
    EXPECT_FALSE(fits());
    arrays_.positions = made_->arrays().positions;
    arrays_.filters = arrays_.filters.first(arrays_.filters.size() - 1);
    EXPECT_FALSE(fits());
    arrays_.filters = made_->arrays().filters;
    arrays_.buckets = {};
    EXPECT_FALSE(fits()) << "filters without buckets";
    arrays_.filters = {};
    arrays_.positions = {};
    EXPECT_TRUE(fits()) << "no tables";
}

TEST_F(Adopted, HasBucketsThatRise) {
    std::vector<std::uint32_t> buckets(arrays_.buckets.begin(), arrays_.buckets.end());
    arrays_.buckets = buckets;
    buckets[10] = buckets.back() + 1;
    EXPECT_FALSE(fits());
}

}  // namespace
}  // namespace refrain::index

#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "index/hash_index.h"

namespace refrain::index::test {

/// An index and the oracle, given the same calls.
struct Twins {
    std::unique_ptr<HashIndex> plain = make_plain_index();
    std::unique_ptr<HashIndex> fast;

    explicit Twins(std::unique_ptr<HashIndex> index) : fast(std::move(index)) {}

    void add(const std::vector<Hash256>& codes, const std::vector<CodeId>& ids) {
        ASSERT_TRUE(plain->add(codes, ids).ok());
        ASSERT_TRUE(fast->add(codes, ids).ok());
    }
    void remove(const std::vector<CodeId>& ids) {
        const auto expected = plain->remove(ids);
        const auto got = fast->remove(ids);
        ASSERT_TRUE(expected.ok() && got.ok());
        ASSERT_EQ(*got, *expected);
    }
    void remove_between(CodeId first, CodeId last) {
        const auto expected = plain->remove_between(first, last);
        const auto got = fast->remove_between(first, last);
        ASSERT_TRUE(expected.ok() && got.ok());
        ASSERT_EQ(*got, *expected);
    }
    void expect_same(const std::vector<Hash256>& queries, int radius) {
        const auto expected = plain->range_search(queries, radius);
        const auto got = fast->range_search(queries, radius);
        ASSERT_TRUE(expected.ok() && got.ok());
        ASSERT_EQ(*got, *expected) << "radius " << radius;
    }
};

}  // namespace refrain::index::test

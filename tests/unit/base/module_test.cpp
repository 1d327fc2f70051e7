#include "base/module.h"

#include <gtest/gtest.h>

namespace refrain::base {
namespace {

TEST(Module, OneThatIsNotThereIsAnErrorByName) {
    const Result<const void*> table = load_module("no-such-module.so", "give", "the gears");
    ASSERT_FALSE(table);
    EXPECT_EQ(table.error().code, ErrorCode::kInternal);
    EXPECT_NE(table.error().message.find("cannot load the gears"), std::string::npos)
        << table.error().message;
    EXPECT_NE(table.error().message.find("no-such-module.so"), std::string::npos)
        << table.error().message;
}

}  // namespace
}  // namespace refrain::base

#include "store/location.h"

#include <string>

#include <gtest/gtest.h>

namespace refrain::store {
namespace {

std::string folder_of(const std::string& text) {
    const Result<Location> location = Location::parse(text);
    return location ? location->folder().native() : "error: " + location.error().message;
}

TEST(Location, IsAFolderOrNamesItsScheme) {
    EXPECT_EQ(folder_of("known"), "known");
    EXPECT_EQ(folder_of("/data/known"), "/data/known");
    EXPECT_EQ(folder_of("sqlite:/data/known"), "/data/known");
    EXPECT_EQ(folder_of("sqlite:known"), "known");
    EXPECT_EQ(folder_of("sqlite:sqlite:x"), "sqlite:x");
}

TEST(Location, TakesOnlyALeadingWordForAScheme) {
    for (const std::string folder : {"./file:x", "/data/a:b", "a/b:c", "with space:x",
                                     ":memory:", "2024:05", "caf\xC3\xA9:x", "a_b:c"}) {
        EXPECT_EQ(folder_of(folder), folder);
    }
}

TEST(Location, RefusesASchemeThatItDoesNotKnowByName) {
    for (const std::string text : {"postgres://host/db", "file:x", "SQLITE:x", "s3:bucket"}) {
        const Result<Location> location = Location::parse(text);
        ASSERT_FALSE(location.ok()) << text;
        EXPECT_EQ(location.error().code, ErrorCode::kInvalidArgument);
        const std::string scheme = text.substr(0, text.find(':'));
        EXPECT_NE(location.error().message.find('"' + scheme + '"'), std::string::npos) << text;
        EXPECT_NE(location.error().message.find("sqlite:"), std::string::npos);
    }
}

TEST(Location, NamesAFolder) {
    EXPECT_EQ(Location::parse("").error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(Location::parse("sqlite:").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace refrain::store

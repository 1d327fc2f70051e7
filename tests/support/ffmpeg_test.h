#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/run_program.h"
#include "support/temp_folder.h"

namespace refrain::test {

/// A test whose media are made by the program ffmpeg, in a folder of its own.
class FfmpegTest : public ::testing::Test {
  protected:
    using Arguments = std::vector<std::string>;

    void SetUp() override { REFRAIN_REQUIRE_PROGRAM("ffmpeg"); }

    /// Runs ffmpeg; the last argument is the name of the file that it makes.
    std::filesystem::path make(Arguments arguments) {
        const std::filesystem::path file = folder_ / arguments.back();
        arguments.back() = file;
        arguments.insert(arguments.begin(), {"ffmpeg", "-v", "error", "-y"});
        EXPECT_EQ(run_program(arguments), 0) << file;
        return file;
    }

    TempFolder folder_;
};

}  // namespace refrain::test

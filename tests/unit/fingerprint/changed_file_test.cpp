#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "refrain/fingerprinter.h"

#include "support/shared_data.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

/// A film of the samples, in a copy that may be changed.
class ChangedFile : public ::testing::Test {
  protected:
    ChangedFile() {
        std::filesystem::copy_file(
            test::source_dir() / "samples" / "media" / "known" / "flower.mp4", file_);
    }

    /// @param meanwhile  is done once, when the first frames have been seen
    template <typename Meanwhile>
    [[nodiscard]] ErrorCode outcome(const Meanwhile& meanwhile) const {
        bool is_done = false;
        RunControl control;
        control.progress = [&](const MediumProgress&) {
            if (!is_done) {
                is_done = true;
                meanwhile();
            }
        };
        const auto run = Fingerprinter(FingerprintOptions{}).fingerprint_file(file_, control);
        EXPECT_TRUE(is_done);
        return run ? kSucceeded : run.error().code;
    }

    static constexpr ErrorCode kSucceeded = ErrorCode::kCancelled;  // which nobody requested
    test::TempFolder folder_;
    std::filesystem::path file_ = folder_.path() / "film.mp4";
};

TEST_F(ChangedFile, IsFingerprintedIfItWasLeftAlone) {
    EXPECT_EQ(outcome([] {}), kSucceeded);
}

TEST_F(ChangedFile, IsRefusedIfItGrewWhileItWasDecoded) {
    EXPECT_EQ(outcome([&] { std::ofstream(file_, std::ios::app) << "more"; }),
              ErrorCode::kUnreadable);
}

}  // namespace
}  // namespace refrain

#pragma once

#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "refrain/fingerprinter.h"
#include "refrain/sandbox.h"

#include "support/shared_data.h"
#include "support/temp_folder.h"

namespace refrain::test {

inline std::filesystem::path environment_path(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

inline std::size_t open_descriptors() {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        static_cast<void>(entry);
        ++count;
    }
    return count;
}

/// Workers, media for them, and a check that nothing of them is left at the end.
class SandboxTest : public ::testing::Test {
  protected:
    void SetUp() override { descriptors_before_ = open_descriptors(); }

    void TearDown() override {
        sandbox_.reset();
        EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a worker is left";
        EXPECT_EQ(errno, ECHILD);
        EXPECT_EQ(open_descriptors(), descriptors_before_);
    }

    /// Starts workers of the test's own program. @param suffix  names the layer to leave out
    void start(SandboxOptions options = {}, const std::string& suffix = {}) {
        options.worker = environment_path("REFRAIN_TEST_ESCAPE_WORKER");
        if (!suffix.empty()) {
            const std::filesystem::path link = folder_ / ("worker" + suffix);
            std::filesystem::create_symlink(options.worker, link);
            options.worker = link;
        }
        auto started = Sandbox::start(options);
        ASSERT_TRUE(started) << started.error().message;
        sandbox_ = std::move(started).value();
    }

    /// A medium that has the worker attempt something.
    std::filesystem::path attempt(const std::string& name) {
        const std::filesystem::path file = folder_ / name;
        std::ofstream(file, std::ios::binary) << "ESCAPE " << name << "\n";
        return file;
    }

    Result<FingerprintRun> run(const std::filesystem::path& file, const RunControl& control = {}) {
        FingerprintOptions options = options_;
        options.sandbox = sandbox_;
        return Fingerprinter(options).fingerprint_file(file, control);
    }

    Result<FingerprintRun> run_attempt(const std::string& name, const RunControl& control = {}) {
        return run(attempt(name), control);
    }

    [[nodiscard]] static std::filesystem::path sample(const std::string& name) {
        return source_dir() / "samples" / "media" / "known" / name;
    }

    /// The next medium is served as if nothing had happened.
    void expect_healthy() {
        const auto next = run(sample("bear.jpg"));
        ASSERT_TRUE(next) << next.error().message;
        EXPECT_EQ(next->fingerprint.media.width, 500);
    }

    TempFolder folder_;
    FingerprintOptions options_;
    std::shared_ptr<Sandbox> sandbox_;

  private:
    std::size_t descriptors_before_ = 0;
};

}  // namespace refrain::test

#pragma once

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace refrain::test {

/// Folder of the evaluation media and reference vectors, as the build was told. May not exist.
inline std::filesystem::path shared_dir() {
    const char* dir = std::getenv("REFRAIN_TEST_SHARED");
    return dir == nullptr ? std::filesystem::path() : std::filesystem::path(dir);
}

/// Root of the source tree.
inline std::filesystem::path source_dir() {
    const char* dir = std::getenv("REFRAIN_TEST_SOURCE");
    return dir == nullptr ? std::filesystem::path() : std::filesystem::path(dir);
}

/// Root of the build tree.
inline std::filesystem::path build_dir() {
    const char* dir = std::getenv("REFRAIN_TEST_BUILD");
    return dir == nullptr ? std::filesystem::path() : std::filesystem::path(dir);
}

}  // namespace refrain::test

/// Ends the test as skipped, loudly, when `path` below the evaluation media is not there.
#define REFRAIN_REQUIRE_SHARED(path)                                      \
 do {                                                                     \
  if (!std::filesystem::exists(::refrain::test::shared_dir() / (path))) { \
   GTEST_SKIP() << "SKIPPED: evaluation media not found: "                \
                << (::refrain::test::shared_dir() / (path));              \
  }                                                                       \
 } while (false)

#pragma once

#include <string>
#include <vector>

namespace refrain::test {

/// Runs a program found on PATH with these arguments, without a shell, with no input and its
/// output thrown away. Waits however long it takes; Meson's limit on the test ends a hang.
///
/// @return its exit code; -1 if it cannot be started or was killed
int run_program(const std::vector<std::string>& arguments);

/// Whether `name` is on PATH.
bool has_program(const std::string& name);

}  // namespace refrain::test

/// Ends the test as skipped, loudly, when a program that makes its media is not installed.
#define REFRAIN_REQUIRE_PROGRAM(name)                            \
 do {                                                            \
  if (!::refrain::test::has_program(name)) {                     \
   GTEST_SKIP() << "SKIPPED: program not installed: " << (name); \
  }                                                              \
 } while (false)

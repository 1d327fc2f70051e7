#pragma once

#include <string>
#include <vector>

namespace refrain::test {

/// Runs a program found on PATH with these arguments, without a shell, with no input and its
/// output thrown away. Killed after `seconds`.
///
/// @return its exit code; -1 if it cannot be started, was killed or took too long
int run_program(const std::vector<std::string>& arguments, int seconds = 120);

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

#pragma once

#if __cplusplus < 202002L
# error "refrain's headers need C++20: compile with -std=c++20 or later"
#endif

/// Marks what the shared library exports. Everything else is hidden, so that a program may use
/// other libraries with the same names inside.
#define REFRAIN_API __attribute__((visibility("default")))

/// Marks members of an exported class that are not exported themselves: private ones, which users
/// cannot call.
#define REFRAIN_HIDDEN __attribute__((visibility("hidden")))

#pragma once

#if __cplusplus < 202002L
# error "refrain's headers need C++20: compile with -std=c++20 or later"
#endif

/// Marks what the shared library exports; everything else is hidden.
#define REFRAIN_API __attribute__((visibility("default")))

/// Marks members of exported classes that are not exported: private ones that users cannot call.
#define REFRAIN_HIDDEN __attribute__((visibility("hidden")))

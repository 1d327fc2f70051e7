#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts when an invariant of refrain itself is broken. Bad input is never a reason: that is an
/// Error.
#define REFRAIN_CHECK(condition)                                                         \
 do {                                                                                    \
  if (!(condition)) {                                                                    \
   std::fprintf(stderr, "refrain: broken invariant: %s (%s:%d)\n", #condition, __FILE__, \
                __LINE__);                                                               \
   std::abort();                                                                         \
  }                                                                                      \
 } while (false)

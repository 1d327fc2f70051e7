#pragma once

#include "base/check.h"

namespace refrain::bench {

/// A benchmark that does not get what it measures is worth nothing: aborts.
inline void require(bool holds) { REFRAIN_CHECK(holds); }

}  // namespace refrain::bench

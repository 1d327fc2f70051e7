#pragma once

#include "server/lanes.h"

namespace refrain::service {

/// Which queue an upload belongs to, by its first bytes and its size: a film, which may take long,
/// or anything else. A hint that bounds waiting; what a medium is, its decoding says.
///
/// @param descriptor  of a regular file; its position is not moved
[[nodiscard]] server::Lane media_lane(int descriptor);

}  // namespace refrain::service

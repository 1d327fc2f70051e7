#pragma once

#include <string>

#include "refrain/json.h"
#include "refrain/result.h"

#include "explain/shown_media.h"
#include "frame/picture.h"

namespace refrain::explain {

/// The sheet of one match: both pictures, the times, and the numbers that decided.
///
/// @param report  its match has an explanation
/// @error kInternal
[[nodiscard]] Result<frame::RgbImage> picture_of(const ExplanationReport& report,
                                                 const ShownMedia& query,
                                                 const ShownMedia& known);

/// The last part of a path.
[[nodiscard]] std::string last_part(const std::string& path);

}  // namespace refrain::explain

#pragma once

#include <string>

#include "server/request.h"
#include "service/json_input.h"
#include "service/retro.h"

namespace refrain::service {

/// A `refrain.retro/1` object as the caller may see it.
[[nodiscard]] Json retro_json(const std::string& item,
                              const RetroAnswer& answer,
                              const server::Caller& caller);

}  // namespace refrain::service

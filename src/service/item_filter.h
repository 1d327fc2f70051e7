#pragma once

#include <optional>
#include <vector>

#include "refrain/catalogue.h"

#include "server/request.h"
#include "server/response.h"
#include "server/router.h"

namespace refrain::service {

/// The parameters that say which items are meant, as of `refrain list`.
[[nodiscard]] std::vector<server::Parameter> item_filter_parameters();

/// Reads them. @return the refusal of one that does not fit
[[nodiscard]] std::optional<server::Response> read_item_filter(const server::Request& request,
                                                               ItemFilter& filter);

}  // namespace refrain::service

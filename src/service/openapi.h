#pragma once

#include <string>

#include "server/router.h"

namespace refrain::service {

/// The OpenAPI 3.1 document of all routes whose pattern begins with `prefix` or, with an empty
/// one, of all.
[[nodiscard]] std::string openapi_json(const server::Router& router, const std::string& title);

/// The same for people: one page without anything from elsewhere.
[[nodiscard]] std::string docs_page(const server::Router& router);

/// The schemas that routes name, as JSON text.
[[nodiscard]] const char* schemas_json();

}  // namespace refrain::service

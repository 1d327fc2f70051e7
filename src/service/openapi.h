#pragma once

#include <string>

#include "server/router.h"

namespace refrain::service {

/// The OpenAPI 3.1 document of all routes.
[[nodiscard]] std::string openapi_json(const server::Router& router, const std::string& title);

/// The same for people: one page without anything from elsewhere.
[[nodiscard]] std::string docs_page(const server::Router& router);

/// The schemas of answers that routes name, as JSON text.
[[nodiscard]] const char* schemas_json();

/// The same of what is asked with. A test holds them against what the routes take.
[[nodiscard]] const char* request_schemas_json();

}  // namespace refrain::service

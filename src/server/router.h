#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/body.h"
#include "server/request.h"
#include "server/response.h"

namespace refrain::server {

/// What does a route's work: gets the request on an I/O thread, must not wait there, and calls
/// `respond` once, from any thread.
using Handler = std::function<void(const std::shared_ptr<Request>&, Respond)>;

/// A parameter of the query, as the document of the interface names it.
struct Parameter {
    std::string name;
    std::string type = "string";  ///< of JSON Schema
    std::string about;
    bool is_required = false;
};

/// A success beside the usual one, as the document of the interface names it.
struct OtherSuccess {
    int status = 200;
    std::string about;
    std::string schema;  ///< the name of a schema
};

/// One method of one path.
struct Route {
    std::string method;
    std::string pattern;  ///< `/v1/items/{id}`
    BodyKind body = BodyKind::kNone;
    std::uint32_t right = 0;  ///< a bit that the caller must have; 0: anybody
    Handler handler;
    std::string summary;
    std::vector<Parameter> parameters;
    bool is_lenient = false;  ///< parameters that are not named are passed over, not refused
    std::vector<std::string> request_types;  ///< content types that are meant
    /// The names of the schemas of a body in JSON and of a form; empty: any.
    std::string json_schema;
    std::string form_schema = "OneFile";
    /// What a success is: its status, content type, and the name of a schema.
    int success = 200;
    std::string success_type = "application/json";
    std::string success_schema;
    std::vector<OtherSuccess> other_successes;
    /// Errors of this route as its clients know them; empty: problem documents.
    std::function<Response(int status, const std::string& detail)> spell_error = nullptr;
};

/// What a router found.
struct Found {
    const Route* route = nullptr;  ///< null: `refusal` says why
    Response refusal;
};

/// Finds the route of a request. Filled once, then immutable and safe to share.
class Router {
  public:
    /// Patterns of one shape must have one spelling. A segment that is a word goes before one that
    /// is a name.
    void add(Route route);

    /// Finds the route and fills in `request.path_values`. HEAD is looked up as GET.
    [[nodiscard]] Found find(Request& request) const;

    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  private:
    std::vector<Route> routes_;
    std::vector<std::vector<std::string>> patterns_;  ///< segments of each route's pattern
};

/// Segments of a path or pattern.
[[nodiscard]] std::vector<std::string> segments_of(std::string_view path);

/// The refusal of a parameter that the route does not name, or that it must have and has not.
[[nodiscard]] std::optional<Response> check_parameters(const Route& route, const Request& request);

}  // namespace refrain::server

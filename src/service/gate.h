#pragma once

#include <optional>

#include "server/rate_limit.h"
#include "server/router.h"
#include "service/context.h"

namespace refrain::service {

/// Decides who may ask for what, before a body is read. Thread safety: safe to share.
class Gate {
  public:
    explicit Gate(Context& context);

    /// Names the caller in the request. @return the refusal: 401, 403 or 429
    [[nodiscard]] std::optional<server::Response> operator()(server::Request& request,
                                                             const server::Route& route);

  private:
    [[nodiscard]] std::optional<server::Response> name_caller(server::Request& request);

    Context& context_;
    server::RateLimit key_rate_;
};

/// Whether an address is this machine's own.
[[nodiscard]] bool is_loopback(const std::string& address);

}  // namespace refrain::service

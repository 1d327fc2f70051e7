#include "service/gate.h"

#include <string>
#include <utility>

#include "access/roles.h"

namespace refrain::service {

namespace {

constexpr double kKeyBurst = 20;

server::Response unauthorized(const std::string& detail) {
    server::Response response = server::problem(401, "unauthorized", detail);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

/// The key of `Authorization: Bearer KEY`.
std::optional<std::string> bearer_of(std::string_view field) {
    constexpr std::string_view kScheme = "bearer ";
    if (field.size() <= kScheme.size() ||
        !server::same_word(field.substr(0, kScheme.size()), kScheme)) {
        return std::nullopt;
    }
    field.remove_prefix(kScheme.size());
    while (!field.empty() && field.front() == ' ') {
        field.remove_prefix(1);
    }
    return std::string(field);
}

}  // namespace

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

Gate::Gate(Context& context) : context_(context), key_rate_(0, kKeyBurst) {}

std::optional<server::Response> Gate::name_caller(server::Request& request) {
    constexpr std::int64_t kMicroseconds = 1'000'000;
    if (request.headers.count("Authorization") == 0) {
        if (context_.config.allows_anonymous && is_loopback(request.client)) {
            request.caller.rights = access::kAllRights;
            request.caller.name = "anonymous";
            return std::nullopt;
        }
        return unauthorized("this needs a key: Authorization: Bearer KEY");
    }
    const auto secret = bearer_of(request.headers.get("Authorization"));
    if (!secret || request.headers.count("Authorization") > 1) {
        return unauthorized("expected one Authorization: Bearer KEY");
    }
    const auto checked = context_.keys.check(*secret, now_us() / kMicroseconds);
    if (!checked.key) {
        switch (checked.refusal) {
            case access::KeyRefusal::kExpired:
                return unauthorized("this key has expired");
            case access::KeyRefusal::kRevoked:
                return unauthorized("this key was revoked");
            case access::KeyRefusal::kUnknown:
                break;
        }
        return unauthorized("this key is not known");
    }
    const access::Key& key = *checked.key;
    const auto role = access::find_role(key.role);
    request.caller = {key.id, key.name, role ? role->rights : 0};
    if (const auto wait =
            key_rate_.take(key.id, key.requests_per_second, server::RateLimit::Clock::now())) {
        return server::retry_later(429, "too_many_requests", "this key asks too often", *wait);
    }
    return std::nullopt;
}

std::optional<server::Response> Gate::operator()(server::Request& request,
                                                 const server::Route& route) {
    if (route.right == 0) {
        return std::nullopt;
    }
    auto refusal = name_caller(request);
    if (!refusal && (request.caller.rights & route.right) == 0) {
        refusal = server::problem(403, "forbidden", "the role of this key may not do that");
    }
    if (refusal) {
        context_.metrics.count("refrain_refused_total",
                               "reason=\"" + std::to_string(refusal->status) + "\"");
    }
    return refusal;
}

}  // namespace refrain::service

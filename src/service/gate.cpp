#include "service/gate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "access/roles.h"
#include "access/secrets.h"

namespace refrain::service {

namespace {

constexpr double kKeyBurst = 20;

server::Response unauthorized(const std::string& detail) {
    server::Response response = server::problem(401, "unauthorized", detail);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

/// What follows a scheme and its blanks; nothing where the field has another scheme.
std::optional<std::string_view> after_scheme(std::string_view field, std::string_view scheme) {
    if (field.size() <= scheme.size() || field[scheme.size()] != ' ' ||
        !server::same_word(field.substr(0, scheme.size()), scheme)) {
        return std::nullopt;
    }
    field.remove_prefix(scheme.size());
    while (!field.empty() && field.front() == ' ') {
        field.remove_prefix(1);
    }
    return field;
}

/// The key of `Authorization: Bearer KEY`, or the password of `Authorization: Basic`: some clients
/// know that scheme alone. Whatever name stands before the password is passed over.
std::optional<std::string> key_of(std::string_view field) {
    if (const auto bearer = after_scheme(field, "bearer")) {
        return std::string(*bearer);
    }
    const auto basic = after_scheme(field, "basic");
    const auto pair = basic ? access::from_base64(*basic) : std::nullopt;
    const std::size_t colon = pair ? pair->find(':') : std::string::npos;
    return colon == std::string::npos ? std::nullopt : std::optional(pair->substr(colon + 1));
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
    const auto secret = key_of(request.headers.get("Authorization"));
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
    const auto& coarse = context_.config.coarse_roles;
    request.caller = {key.id, key.name, role ? role->rights : 0,
                      std::find(coarse.begin(), coarse.end(), key.role) != coarse.end()};
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

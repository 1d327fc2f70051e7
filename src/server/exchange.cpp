#include "server/exchange.h"

#include <array>
#include <ctime>
#include <exception>
#include <new>
#include <utility>

#include "server/server_core.h"
#include "server/target.h"

namespace refrain::server {

namespace {

constexpr std::size_t kMaxTargetBytes = 8192;

bool is_form_or_upload(BodyKind kind) {
    return kind == BodyKind::kUpload || kind == BodyKind::kTextOrForm;
}

}  // namespace

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    // Names of days and months do not depend on the locale: the program never sets one.
    std::array<char, 40> text{};
    const std::size_t length =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), length};
}

Exchange::Exchange(ServerCore& core, const std::string& client) : core_(core) {
    request_->client = client;
    request_->id = core.id_prefix + std::to_string(core.next_id++);
}

std::optional<Response> Exchange::refuse_bytes(bool header_is_too_long, bool is_malformed) {
    if (header_is_too_long) {
        return problem(431, "header_too_large",
                       "the header is longer than " +
                           std::to_string(core_.options.max_header_bytes) + " bytes");
    }
    if (is_malformed) {
        return problem(400, "malformed_request", "the request is no HTTP/1.1");
    }
    return std::nullopt;
}

std::optional<Response> Exchange::check_framing(const Head& head) const {
    const Headers& headers = head.headers;
    if (head.version != 10 && head.version != 11) {
        return problem(505, "http_version", "this service speaks HTTP/1.1");
    }
    if (headers.count("Host") > 1 || (head.version == 11 && headers.count("Host") == 0)) {
        return problem(400, "malformed_request", "a request has one Host field");
    }
    const std::size_t codings = headers.count("Transfer-Encoding");
    if (codings > 0 && (codings > 1 || !same_word(headers.get("Transfer-Encoding"), "chunked") ||
                        headers.count("Content-Length") > 0 || head.version == 10)) {
        return problem(400, "malformed_request",
                       "a body has one length: Content-Length, or Transfer-Encoding: chunked");
    }
    if (headers.count("Content-Length") > 1) {
        return problem(400, "malformed_request", "a request has one Content-Length field");
    }
    if (headers.count("Content-Encoding") > 0 &&
        !same_word(headers.get("Content-Encoding"), "identity")) {
        return problem(415, "unsupported_encoding", "bodies are taken as they are, not encoded");
    }
    if (headers.count("Expect") > 0 && !same_word(headers.get("Expect"), "100-continue")) {
        return problem(417, "expectation_failed", "there is no such expectation");
    }
    if (head.target.size() > kMaxTargetBytes) {
        return problem(414, "target_too_long",
                       "the target is longer than " + std::to_string(kMaxTargetBytes) + " bytes");
    }
    return std::nullopt;
}

std::optional<Response> Exchange::check_length(const Head& head) {
    if (route_->body == BodyKind::kUpload && !head.is_chunked && !head.content_length) {
        return problem(411, "length_required",
                       "a body needs Content-Length, or Transfer-Encoding: chunked");
    }
    const std::uint64_t length = head.content_length.value_or(0);
    const BodyLimits& limits = core_.options.body;
    // A form is a little longer than its files.
    const std::uint64_t most = is_form_or_upload(route_->body)
                                   ? limits.max_upload_bytes + limits.max_text_bytes
                                   : limits.max_text_bytes;
    if (route_->body != BodyKind::kNone && length > most) {
        return problem(413, "too_large",
                       "the body is larger than " + std::to_string(most) + " bytes");
    }
    if (route_->body == BodyKind::kNone && length > 0) {
        return problem(400, "invalid_argument", "this request has no body");
    }
    return std::nullopt;
}

std::optional<Response> Exchange::begin(Head head) {
    request_->method = head.method == "HEAD" ? "GET" : head.method;
    request_->headers = head.headers;
    if (auto refusal = check_framing(head)) {
        refusal->ends_connection = true;
        return refusal;
    }
    auto target = parse_target(head.target);
    if (!target) {
        return problem(400, "malformed_target", "the target is no path and query in UTF-8");
    }
    request_->path = std::move(target->path);
    request_->query = std::move(target->query);
    if (const auto wait = core_.rate.take(request_->client, RateLimit::Clock::now())) {
        return retry_later(429, "too_many_requests", "this client asks too often", *wait);
    }
    const Found found = core_.router.find(*request_);
    if (found.route == nullptr) {
        return found.refusal;
    }
    route_ = found.route;
    if (auto refusal = core_.hooks.gate(*request_, *route_)) {
        return spelled(std::move(*refusal));
    }
    if (auto refusal = check_parameters(*route_, *request_)) {
        return spelled(std::move(*refusal));
    }
    if (auto refusal = check_length(head)) {
        return spelled(std::move(*refusal));
    }
    wants_continue_ = head.headers.count("Expect") > 0 && head.version == 11 &&
                      (head.is_chunked || head.content_length.value_or(0) > 0);
    sink_ = make_body_sink(route_->body, core_.options.body, core_.spool, *request_);
    body_began_ = std::chrono::steady_clock::now();
    return std::nullopt;
}

Response Exchange::spelled(Response refusal) const {
    if (!route_->spell_error || refusal.content_type != "application/problem+json") {
        return refusal;
    }
    Response own = route_->spell_error(refusal.status, refusal.body);
    own.headers.insert(own.headers.end(), refusal.headers.begin(), refusal.headers.end());
    return own;
}

std::optional<Response> Exchange::take_body(std::string_view bytes) {
    body_bytes_ += bytes.size();
    auto refusal = sink_->write(bytes);
    if (!refusal) {
        const auto passed = std::chrono::steady_clock::now() - body_began_;
        const double seconds =
            std::chrono::duration<double>(passed - core_.options.pause_deadline).count();
        const double least = seconds * static_cast<double>(core_.options.least_bytes_per_second);
        if (static_cast<double>(body_bytes_) < least) {
            refusal = problem(408, "too_slow", "the body arrives too slowly");
        }
    }
    return refusal ? std::optional(spelled(std::move(*refusal))) : std::nullopt;
}

std::optional<Response> Exchange::end_body() {
    auto refusal = sink_->finish();
    sink_.reset();
    return refusal ? std::optional(spelled(std::move(*refusal))) : std::nullopt;
}

void Exchange::hand_over(std::stop_token gone, Respond respond) {
    request_->gone = std::move(gone);
    try {
        route_->handler(request_, respond);
    } catch (const std::bad_alloc&) {
        respond(retry_later(503, "out_of_memory", "the service is short of memory", 5));
    } catch (const std::exception& error) {
        if (core_.hooks.warn) {
            core_.hooks.warn("request=" + request_->id + " internal_error=" + error.what());
        }
        respond(problem(500, "internal", "a fault of the service; request " + request_->id));
    }
}

void Exchange::finish(int status) {
    const auto passed = std::chrono::steady_clock::now() - began_;
    if (core_.hooks.done) {
        core_.hooks.done(*request_, route_ == nullptr ? std::string() : route_->pattern, status,
                         std::chrono::duration<double>(passed).count());
    }
}

}  // namespace refrain::server

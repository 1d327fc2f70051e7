#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "server/body.h"
#include "server/request.h"
#include "server/response.h"
#include "server/router.h"

namespace refrain::server {

struct ServerCore;

/// Status in the log of a request whose client went away.
inline constexpr int kClientGone = 499;

/// What stands before a body.
struct Head {
    std::string method;
    std::string target;
    int version = 11;
    Headers headers;
    bool is_chunked = false;
    std::optional<std::uint64_t> content_length;
};

/// One request and its way through the service, without the connection it came by.
///
/// Thread safety: one thread at a time.
class Exchange {
  public:
    Exchange(ServerCore& core, const std::string& client);

    /// The answer to bytes that are no HTTP; nothing where the client just went away.
    [[nodiscard]] std::optional<Response> refuse_bytes(bool header_is_too_long, bool is_malformed);

    /// Finds the route and asks the gate. An answer ends the request before its body is read.
    [[nodiscard]] std::optional<Response> begin(Head head);

    [[nodiscard]] bool wants_continue() const { return wants_continue_; }
    [[nodiscard]] std::optional<Response> take_body(std::string_view bytes);
    [[nodiscard]] std::optional<Response> end_body();

    /// Has the route's handler answer.
    void hand_over(std::stop_token gone, Respond respond);

    /// Tells the owner that the request is over.
    void finish(int status);

  private:
    [[nodiscard]] std::optional<Response> check_framing(const Head& head) const;
    [[nodiscard]] std::optional<Response> check_length(const Head& head);
    /// As the route's clients know errors.
    [[nodiscard]] Response spelled(Response refusal) const;

    ServerCore& core_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::shared_ptr<Request> request_ = std::make_shared<Request>();
    const Route* route_ = nullptr;
    std::unique_ptr<BodySink> sink_;
    bool wants_continue_ = false;
    std::uint64_t body_bytes_ = 0;
    std::chrono::steady_clock::time_point body_began_;
};

/// Now, as RFC 9110 has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
[[nodiscard]] std::string http_date();

}  // namespace refrain::server

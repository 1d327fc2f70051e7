#include "sandbox/worker_exchange.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include <poll.h>
#include <spdlog/fmt/fmt.h>

namespace refrain::sandbox {

namespace {

// A clock that is asked for more would overflow; nobody waits ten years.
constexpr MediaTime kLongestPatience = MediaTime::from_seconds(10LL * 366 * 86400);

constexpr std::size_t kFirstReserve = std::size_t{1} << 20U;

}  // namespace

std::string Message::text() const {
    std::string text;
    text.reserve(body.size());
    for (const std::byte byte : body) {
        text.push_back(static_cast<char>(byte));
    }
    return text;
}

Error dishonest(const std::string& what) {
    return {ErrorCode::kDecoderCrashed, "the worker sent " + what};
}

void WorkerExchange::Wake::operator()() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(event, &one, sizeof one));
}

WorkerExchange::WorkerExchange(WorkerProcess& worker, std::stop_token stop, MediaTime patience)
    : worker_(worker),
      stop_(std::move(stop)),
      patience_(std::min(patience, kLongestPatience)),
      began_(std::chrono::steady_clock::now()),
      stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      on_stop_(stop_, Wake{stopped_.get()}) {}

bool WorkerExchange::has_more() const {
    pollfd source{worker_.socket(), POLLIN, 0};
    return ::poll(&source, 1, 0) > 0;
}

Result<void> WorkerExchange::wait() {
    const auto end = began_ + std::chrono::microseconds(patience_.us);
    for (;;) {
        if (stop_.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while decoding"};
        }
        const auto now = std::chrono::steady_clock::now();
        if (now >= end) {
            return Error{ErrorCode::kTimeout,
                         fmt::format("the worker was killed after {:.3g} s", patience_.seconds())};
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - now).count() + 1;
        std::array<pollfd, 2> sources{{{worker_.socket(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
        const int ready =
            ::poll(sources.data(), sources.size(),
                   static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
        if (ready < 0 && errno != EINTR) {
            return Error{ErrorCode::kInternal, "sandbox: cannot wait for the worker"};
        }
        if (ready > 0 && sources[0].revents != 0) {
            return {};
        }
    }
}

Error WorkerExchange::failed(Transfer transfer) {
    if (transfer == Transfer::kMalformed) {
        return dishonest("what is no message");
    }
    if (transfer == Transfer::kNotReady) {
        return Error{ErrorCode::kDecoderCrashed, "the worker does not read"};
    }
    return Error{ErrorCode::kDecoderCrashed, "the worker is gone"};
}

Result<void> WorkerExchange::send(Kind kind, std::span<const std::byte> body, int descriptor) {
    Header header;
    header.kind = kind;
    const Transfer sent =
        send_message(worker_.socket(), header, body, Waiting::kRefused, descriptor);
    return sent == Transfer::kDone ? Result<void>() : Result<void>(failed(sent));
}

template <typename Receive>
Result<void> WorkerExchange::receive_part(const Receive& part) {
    for (;;) {
        if (Result<void> ready = wait(); !ready) {
            return ready;
        }
        const Transfer got = part();
        if (got == Transfer::kDone) {
            return {};
        }
        if (got != Transfer::kNotReady) {
            return failed(got);
        }
    }
}

Result<Message> WorkerExchange::receive(std::size_t most_bytes) {
    Message message;
    Result<void> got = receive_part(
        [&] { return receive_header(worker_.socket(), message.header, Waiting::kRefused); });
    if (!got) {
        return got.error();
    }
    if (message.header.body_bytes > most_bytes) {
        return dishonest(fmt::format("a message of {} bytes, over the limit of {}",
                                     message.header.body_bytes, most_bytes));
    }
    const auto bytes = static_cast<std::size_t>(message.header.body_bytes);
    message.body.reserve(std::min(bytes, kFirstReserve));
    while (message.body.size() < bytes) {
        const std::size_t have = message.body.size();
        message.body.resize(std::min(bytes, have + kPacketBytes));
        const std::span<std::byte> packet = std::span(message.body).subspan(have);
        got = receive_part(
            [&] { return receive_packet(worker_.socket(), packet, Waiting::kRefused); });
        if (!got) {
            return got.error();
        }
    }
    return message;
}

}  // namespace refrain::sandbox

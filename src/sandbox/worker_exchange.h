#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "refrain/media_time.h"
#include "refrain/result.h"

#include "base/unique_fd.h"
#include "sandbox/protocol.h"
#include "sandbox/worker_process.h"

namespace refrain::sandbox {

struct Message {
    Header header;
    std::vector<std::byte> body;

    [[nodiscard]] std::string text() const;
};

/// Talk with one worker about one medium, until a deadline or a stop request. Nothing that a
/// worker sends is believed: sizes are checked before memory is taken.
///
/// After any error the worker must be ended: it may be anywhere.
///
/// Thread safety: one thread at a time.
class WorkerExchange {
  public:
    /// @param worker  borrowed, must outlive the exchange
    WorkerExchange(WorkerProcess& worker, std::stop_token stop, MediaTime patience);
    WorkerExchange(const WorkerExchange&) = delete;
    WorkerExchange& operator=(const WorkerExchange&) = delete;
    WorkerExchange(WorkerExchange&&) = delete;
    WorkerExchange& operator=(WorkerExchange&&) = delete;
    ~WorkerExchange() = default;

    /// @error kDecoderCrashed  the worker is gone or does not read
    [[nodiscard]] Result<void> send(Kind kind, std::span<const std::byte> body, int descriptor);

    /// The next message, with a body of at most `most_bytes`.
    ///
    /// @error kDecoderCrashed  the worker is gone, or sent what is no message, or too large a one
    /// @error kTimeout, kCancelled
    [[nodiscard]] Result<Message> receive(std::size_t most_bytes);

    /// Whether there is something to receive already.
    [[nodiscard]] bool has_more() const;

    [[nodiscard]] std::chrono::steady_clock::duration elapsed() const {
        return std::chrono::steady_clock::now() - began_;
    }

  private:
    struct Wake {
        int event;
        void operator()() const;
    };

    [[nodiscard]] Result<void> wait();
    [[nodiscard]] Error failed(Transfer transfer);
    template <typename Receive>
    [[nodiscard]] Result<void> receive_part(const Receive& part);

    WorkerProcess& worker_;
    std::stop_token stop_;
    MediaTime patience_;
    std::chrono::steady_clock::time_point began_;
    base::UniqueFd stopped_;  ///< becomes readable when a stop is requested
    std::stop_callback<Wake> on_stop_;
};

/// What a worker that did not keep to the protocol did.
[[nodiscard]] Error dishonest(const std::string& what);

}  // namespace refrain::sandbox

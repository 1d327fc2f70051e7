#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "refrain/result.h"

#include "frame/picture.h"

namespace refrain::fingerprint {

/// A luma plane together with what keeps its samples valid.
struct LumaFrame {
    frame::FrameHeader header;
    frame::LumaView luma;
    /// Shared, since the samples are a decoder's that may still make other frames from them.
    std::shared_ptr<const void> samples;
    /// What the plane was made from; none: the decoder had it. Valid until the reader goes on.
    std::optional<frame::RgbView> picture = std::nullopt;
};

/// Carries frames in order to a consumer on a thread of its own, so that the next ones are decoded
/// while it works.
///
/// Where the system gives no thread, the producer's own consumes each frame as it is pushed.
///
/// Memory: at most `capacity` waiting frames, the one being consumed, and what the consumer keeps.
/// Thread safety: one producer. The destructor drops what waits and joins the thread.
class FrameBelt {
  public:
    using Consumer = std::function<Result<void>(const frame::FrameHeader&, const frame::LumaView&)>;

    /// @param capacity  >= 1
    FrameBelt(std::size_t capacity, Consumer consumer);
    FrameBelt(const FrameBelt&) = delete;
    FrameBelt& operator=(const FrameBelt&) = delete;
    FrameBelt(FrameBelt&&) = delete;
    FrameBelt& operator=(FrameBelt&&) = delete;
    ~FrameBelt();

    /// Waits while the belt is full. After the consumer failed it is given no more frames: its
    /// error, or what it threw, comes out of here or of `finish`.
    [[nodiscard]] Result<void> push(LumaFrame frame);

    /// Waits until every frame has been consumed; nothing may be pushed afterwards.
    [[nodiscard]] Result<void> finish();

  private:
    void run();
    [[nodiscard]] Result<void> outcome() const;
    [[nodiscard]] bool has_failed() const { return thrown_ != nullptr || error_.has_value(); }

    const std::size_t capacity_;
    const Consumer consumer_;

    std::mutex mutex_;  ///< guards what follows, but the thread
    std::condition_variable has_room_;
    std::condition_variable has_work_;
    std::deque<LumaFrame> waiting_;
    std::optional<Error> error_;  ///< of the consumer
    std::exception_ptr thrown_;   ///< by it
    bool is_ended_ = false;

    std::jthread thread_;  ///< last: joined before anything it uses is gone
};

}  // namespace refrain::fingerprint

#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace refrain::server {

/// Kinds of work that wait in queues of their own.
enum class Lane { kDesk, kImage, kVideo };
inline constexpr std::size_t kLanes = 3;

/// Something to do away from the I/O threads.
struct Work {
    std::function<void()> run;
    /// Once it is stopped before the work began, the work is dropped: nobody waits for it.
    std::stop_token gone;
};

struct LaneOptions {
    int desk_threads = 2;    ///< for what needs no decoding, >= 1
    int decode_threads = 2;  ///< for images and videos, >= 2: one of them takes no videos
    std::size_t max_waiting_desk = 1024;
    std::size_t max_waiting_images = 256;
    std::size_t max_waiting_videos = 64;
    int image_turns = 4;  ///< images begun for each video while both wait, >= 1
};

/// Threads that work, and the bounded queues before them. Images and videos share threads by turns,
/// and one thread never takes a video, so that pictures are not stuck behind films.
///
/// Thread safety: safe to share.
class Lanes {
  public:
    explicit Lanes(const LaneOptions& options);
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;
    /// Drops what waits and waits for what runs.
    ~Lanes();

    /// @return false: the queue is full, or the lanes are closing; nothing was taken
    [[nodiscard]] bool submit(Lane lane, Work work);

    [[nodiscard]] std::size_t waiting(Lane lane) const;
    [[nodiscard]] std::size_t running(Lane lane) const;
    [[nodiscard]] std::size_t dropped() const;

    /// Takes no more work, drops what waits, and waits for what runs. May be called again.
    void close();

  private:
    struct Queue {
        std::deque<Work> waiting;
        std::size_t max_waiting = 0;
        std::size_t running = 0;
    };

    void run_desk(const std::stop_token& stop);
    void run_decoder(const std::stop_token& stop, bool takes_videos);
    /// Runs the front of a queue, with the mutex released meanwhile.
    void run_front(std::unique_lock<std::mutex>& lock, Queue& queue);
    /// The queue whose turn it is, or none.
    [[nodiscard]] Queue* next_media(bool takes_videos);
    [[nodiscard]] Queue& of(Lane lane) { return queues_[static_cast<std::size_t>(lane)]; }
    [[nodiscard]] const Queue& of(Lane lane) const {
        return queues_[static_cast<std::size_t>(lane)];
    }

    LaneOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable_any desk_changed_;   ///< work at the desk
    std::condition_variable_any media_changed_;  ///< images or videos
    std::array<Queue, kLanes> queues_;
    int images_in_a_row_ = 0;
    std::size_t dropped_ = 0;
    bool is_closing_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace refrain::server

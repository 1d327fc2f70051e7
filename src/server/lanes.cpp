#include "server/lanes.h"

#include <algorithm>
#include <utility>

namespace refrain::server {

Lanes::Lanes(const LaneOptions& options) : options_(options) {
    of(Lane::kDesk).max_waiting = options_.max_waiting_desk;
    of(Lane::kImage).max_waiting = options_.max_waiting_images;
    of(Lane::kVideo).max_waiting = options_.max_waiting_videos;
    for (int i = 0; i < std::max(1, options_.desk_threads); ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { run_desk(stop); });
    }
    const int decoders = std::max(2, options_.decode_threads);
    for (int i = 0; i < decoders; ++i) {
        threads_.emplace_back([this, i](const std::stop_token& stop) { run_decoder(stop, i > 0); });
    }
}

Lanes::~Lanes() { close(); }

void Lanes::close() {
    std::array<std::deque<Work>, kLanes> unused;
    {
        const std::scoped_lock lock(mutex_);
        is_closing_ = true;
        for (std::size_t i = 0; i < kLanes; ++i) {
            dropped_ += queues_[i].waiting.size();
            unused[i].swap(queues_[i].waiting);
        }
    }
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
    threads_.clear();
}

bool Lanes::submit(Lane lane, Work work) {
    {
        const std::scoped_lock lock(mutex_);
        Queue& queue = of(lane);
        if (is_closing_) {
            return false;
        }
        if (queue.waiting.size() >= queue.max_waiting) {
            // Nobody waits for these any more, so they need no place.
            dropped_ += std::erase_if(
                queue.waiting, [](const Work& waiting) { return waiting.gone.stop_requested(); });
        }
        if (queue.waiting.size() >= queue.max_waiting) {
            return false;
        }
        queue.waiting.push_back(std::move(work));
    }
    if (lane == Lane::kDesk) {
        desk_changed_.notify_one();  // any thread of the desk takes it
    } else {
        media_changed_.notify_all();  // not every one takes videos
    }
    return true;
}

std::size_t Lanes::waiting(Lane lane) const {
    const std::scoped_lock lock(mutex_);
    return of(lane).waiting.size();
}

std::size_t Lanes::running(Lane lane) const {
    const std::scoped_lock lock(mutex_);
    return of(lane).running;
}

std::size_t Lanes::dropped() const {
    const std::scoped_lock lock(mutex_);
    return dropped_;
}

void Lanes::run_desk(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (desk_changed_.wait(lock, stop, [this] { return !of(Lane::kDesk).waiting.empty(); })) {
        run_front(lock, of(Lane::kDesk));
    }
}

void Lanes::run_decoder(const std::stop_token& stop, bool takes_videos) {
    std::unique_lock lock(mutex_);
    Queue* queue = nullptr;
    while (media_changed_.wait(lock, stop, [&] {
        queue = next_media(takes_videos);
        return queue != nullptr;
    })) {
        images_in_a_row_ = queue == &of(Lane::kImage) ? images_in_a_row_ + 1 : 0;
        run_front(lock, *queue);
    }
}

Lanes::Queue* Lanes::next_media(bool takes_videos) {
    Queue& images = of(Lane::kImage);
    Queue& videos = of(Lane::kVideo);
    const bool can_video = takes_videos && !videos.waiting.empty();
    if (images.waiting.empty()) {
        return can_video ? &videos : nullptr;
    }
    return can_video && images_in_a_row_ >= options_.image_turns ? &videos : &images;
}

void Lanes::run_front(std::unique_lock<std::mutex>& lock, Queue& queue) {
    Work work = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    if (work.gone.stop_requested()) {
        ++dropped_;
        lock.unlock();
        work = {};  // what it holds may have much to tidy up
        lock.lock();
        return;
    }
    ++queue.running;
    lock.unlock();
    work.run();
    work = {};
    lock.lock();
    --queue.running;
}

}  // namespace refrain::server

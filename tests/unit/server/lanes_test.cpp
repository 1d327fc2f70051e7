// Which work runs when, which is refused, and which is dropped.
#include "server/lanes.h"

#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::server {
namespace {

/// Work that holds its thread until it is let go.
class Held {
  public:
    [[nodiscard]] Work work() {
        return {[this] {
                    begun_.count_down();
                    released_.get_future().wait();
                },
                {}};
    }
    void wait_until_it_runs() { begun_.wait(); }
    void release() { released_.set_value(); }

  private:
    std::latch begun_{1};
    std::promise<void> released_;
};

/// Names in the order in which work of that name was done.
class Order {
  public:
    [[nodiscard]] Work work(const std::string& name, std::stop_token gone = {}) {
        return {[this, name] {
                    const std::scoped_lock lock(mutex_);
                    names_ += name;
                    changed_.notify_all();
                },
                std::move(gone)};
    }
    [[nodiscard]] std::string after(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return names_.size() >= count; });
        return names_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string names_;
};

TEST(Lanes, RefuseWhatFindsNoPlaceInItsQueueAlone) {
    LaneOptions options;
    options.max_waiting_images = 2;
    Order order;
    std::vector<std::unique_ptr<Held>> held;
    Lanes lanes(options);
    for (int i = 0; i < options.decode_threads; ++i) {
        held.push_back(std::make_unique<Held>());
        ASSERT_TRUE(lanes.submit(Lane::kImage, held.back()->work()));
        held.back()->wait_until_it_runs();
    }
    EXPECT_EQ(lanes.running(Lane::kImage), 2U);
    EXPECT_TRUE(lanes.submit(Lane::kImage, order.work("a")));
    EXPECT_TRUE(lanes.submit(Lane::kImage, order.work("b")));
    EXPECT_FALSE(lanes.submit(Lane::kImage, order.work("c")));
    EXPECT_EQ(lanes.waiting(Lane::kImage), 2U);
    EXPECT_TRUE(lanes.submit(Lane::kVideo, order.work("v")));
    EXPECT_TRUE(lanes.submit(Lane::kDesk, order.work("d")));
    EXPECT_EQ(order.after(1), "d") << "the desk has threads of its own";
    for (const auto& one : held) {
        one->release();
    }
    EXPECT_EQ(order.after(4).size(), 4U);
}

TEST(Lanes, LeaveOneDecoderThatTakesNoFilm) {
    LaneOptions options;
    options.decode_threads = 3;
    Order order;
    std::vector<std::unique_ptr<Held>> films;
    Lanes lanes(options);
    for (int i = 0; i < 5; ++i) {
        films.push_back(std::make_unique<Held>());
        ASSERT_TRUE(lanes.submit(Lane::kVideo, films.back()->work()));
    }
    films[0]->wait_until_it_runs();
    films[1]->wait_until_it_runs();
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(lanes.submit(Lane::kImage, order.work("i")));
    }
    EXPECT_EQ(order.after(20).size(), 20U);
    EXPECT_EQ(lanes.running(Lane::kVideo), 2U);
    EXPECT_EQ(lanes.waiting(Lane::kVideo), 3U);
    for (const auto& film : films) {
        film->release();
    }
}

/// In which order one thread takes six images and two films that wait for it.
std::string order_by_turns(int image_turns) {
    LaneOptions options;
    options.image_turns = image_turns;
    Order order;
    Held first;
    Held film;
    Lanes lanes(options);
    // The thread that takes no films is held by an image, the other by a film.
    static_cast<void>(lanes.submit(Lane::kVideo, film.work()));
    film.wait_until_it_runs();
    static_cast<void>(lanes.submit(Lane::kImage, first.work()));
    first.wait_until_it_runs();
    for (int i = 0; i < 6; ++i) {
        static_cast<void>(lanes.submit(Lane::kImage, order.work("i")));
    }
    for (int i = 0; i < 2; ++i) {
        static_cast<void>(lanes.submit(Lane::kVideo, order.work("F")));
    }
    film.release();
    std::string done = order.after(8);
    first.release();
    return done;
}

TEST(Lanes, TakeSoManyImagesForEachFilm) {
    // The image that holds the other thread counts as the first.
    EXPECT_EQ(order_by_turns(1), "FiFiiiii");
    EXPECT_EQ(order_by_turns(2), "iFiiFiii");
    EXPECT_EQ(order_by_turns(4), "iiiFiiiF");
}

TEST(Lanes, DropWorkThatNobodyWaitsFor) {
    LaneOptions options;
    options.desk_threads = 1;
    options.max_waiting_desk = 2;
    Order order;
    Held held;
    std::stop_source client;
    Lanes lanes(options);
    ASSERT_TRUE(lanes.submit(Lane::kDesk, held.work()));
    held.wait_until_it_runs();
    ASSERT_TRUE(lanes.submit(Lane::kDesk, order.work("a", client.get_token())));
    ASSERT_TRUE(lanes.submit(Lane::kDesk, order.work("b")));
    EXPECT_FALSE(lanes.submit(Lane::kDesk, order.work("c")));
    client.request_stop();
    EXPECT_TRUE(lanes.submit(Lane::kDesk, order.work("d"))) << "the place of what is dropped";
    EXPECT_EQ(lanes.dropped(), 1U);
    held.release();
    EXPECT_EQ(order.after(2), "bd");
}

TEST(Lanes, DropWhatWaitsWhenTheyCloseAndTakeNoMore) {
    LaneOptions options;
    options.desk_threads = 1;
    Order order;
    Held held;
    Lanes lanes(options);
    ASSERT_TRUE(lanes.submit(Lane::kDesk, held.work()));
    held.wait_until_it_runs();
    ASSERT_TRUE(lanes.submit(Lane::kDesk, order.work("a")));
    std::jthread closing([&] { lanes.close(); });
    while (lanes.waiting(Lane::kDesk) > 0) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(lanes.submit(Lane::kDesk, order.work("b")));
    held.release();
    closing.join();
    EXPECT_EQ(order.after(0), "");
    EXPECT_EQ(lanes.dropped(), 1U);
}

}  // namespace
}  // namespace refrain::server

#include "fingerprint/frame_belt.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::fingerprint {
namespace {

/// A plane of one sample that says which frame it is of.
LumaFrame frame_of(int number) {
    auto sample = std::make_shared<std::uint8_t>(static_cast<std::uint8_t>(number));
    LumaFrame frame;
    frame.header.index = static_cast<std::uint64_t>(number);
    frame.luma.data = sample.get();
    frame.luma.width = 1;
    frame.luma.height = 1;
    frame.samples = std::move(sample);
    return frame;
}

TEST(FrameBelt, CarriesEveryFrameInOrderWithItsSamples) {
    std::vector<int> seen;
    FrameBelt belt(3, [&seen](const frame::FrameHeader& header, const frame::LumaView& luma) {
        EXPECT_EQ(header.index, luma.data[0]);
        seen.push_back(luma.data[0]);
    });
    for (int i = 0; i < 200; ++i) {
        belt.push(frame_of(i));
    }
    belt.finish();
    ASSERT_EQ(seen.size(), 200U);
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
    }
}

TEST(FrameBelt, HoldsNoMoreFramesThanItsCapacityAndTheOneInWork) {
    std::vector<std::weak_ptr<const void>> pushed;
    std::size_t most = 0;
    std::counting_semaphore<> turn(0);
    {
        FrameBelt belt(2, [&turn](const auto&, const auto&) { turn.acquire(); });
        for (int i = 0; i < 20; ++i) {
            LumaFrame frame = frame_of(i);
            pushed.emplace_back(frame.samples);
            if (i >= 3) {
                turn.release();  // else the belt would never have room for this one
            }
            belt.push(std::move(frame));
            std::size_t alive = 0;
            for (const auto& samples : pushed) {
                alive += samples.expired() ? 0 : 1;
            }
            most = std::max(most, alive);
        }
        turn.release(3);
        belt.finish();
    }
    EXPECT_LE(most, 3U);
}

TEST(FrameBelt, GivesTheConsumersFailureToTheProducerThatFinishes) {
    FrameBelt belt(2, [](const auto&, const auto&) { throw std::runtime_error("full"); });
    belt.push(frame_of(0));
    EXPECT_THROW(belt.finish(), std::runtime_error);
}

TEST(FrameBelt, GivesTheConsumersFailureToTheProducerThatPushes) {
    FrameBelt belt(1, [](const auto&, const auto&) { throw std::runtime_error("full"); });
    // Without a consumer, the second or third push would wait for ever.
    EXPECT_THROW(
        {
            for (int i = 0; i < 3; ++i) {
                belt.push(frame_of(i));
            }
        },
        std::runtime_error);
}

TEST(FrameBelt, DropsWhatWaitsWhenItIsGivenUp) {
    std::weak_ptr<const void> last;
    std::atomic<int> consumed = 0;
    std::binary_semaphore has_begun(0);
    {
        FrameBelt belt(4, [&](const auto&, const auto&) {
            ++consumed;
            has_begun.release();
            // Ends only once the frames behind this one are gone.
            while (!last.expired()) {
                std::this_thread::yield();
            }
        });
        LumaFrame waits = frame_of(1);
        last = waits.samples;
        belt.push(frame_of(0));
        has_begun.acquire();
        belt.push(std::move(waits));
    }
    EXPECT_EQ(consumed, 1);
}

}  // namespace
}  // namespace refrain::fingerprint

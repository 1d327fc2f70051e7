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
        return Result<void>();
    });
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(belt.push(frame_of(i)).ok());
    }
    ASSERT_TRUE(belt.finish().ok());
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
        FrameBelt belt(2, [&turn](const auto&, const auto&) {
            turn.acquire();
            return Result<void>();
        });
        for (int i = 0; i < 20; ++i) {
            LumaFrame frame = frame_of(i);
            pushed.emplace_back(frame.samples);
            if (i >= 3) {
                turn.release();  // else the belt would never have room for this one
            }
            ASSERT_TRUE(belt.push(std::move(frame)).ok());
            std::size_t alive = 0;
            for (const auto& samples : pushed) {
                alive += samples.expired() ? 0U : 1U;
            }
            most = std::max(most, alive);
        }
        turn.release(3);
        ASSERT_TRUE(belt.finish().ok());
    }
    EXPECT_LE(most, 3U);
}

TEST(FrameBelt, GivesTheConsumersFailureToTheProducerThatFinishes) {
    FrameBelt belt(
        2, [](const auto&, const auto&) -> Result<void> { throw std::runtime_error("full"); });
    ASSERT_TRUE(belt.push(frame_of(0)).ok());
    EXPECT_THROW(static_cast<void>(belt.finish()), std::runtime_error);
}

TEST(FrameBelt, GivesTheConsumersFailureToTheProducerThatPushes) {
    FrameBelt belt(
        1, [](const auto&, const auto&) -> Result<void> { throw std::runtime_error("full"); });
    // Without a consumer, the second or third push would wait for ever.
    EXPECT_THROW(
        {
            for (int i = 0; i < 3; ++i) {
                ASSERT_TRUE(belt.push(frame_of(i)).ok());
            }
        },
        std::runtime_error);
}

TEST(FrameBelt, GivesTheConsumersErrorToTheProducerAndAsksItNoMore) {
    std::atomic<int> asked = 0;
    FrameBelt belt(1, [&asked](const auto&, const auto&) -> Result<void> {
        ++asked;
        return Error{ErrorCode::kInternal, "no corners"};
    });
    Result<void> pushed;
    for (int i = 0; i < 3 && pushed; ++i) {
        pushed = belt.push(frame_of(i));
    }
    ASSERT_FALSE(pushed.ok());
    EXPECT_EQ(pushed.error().message, "no corners");
    const Result<void> finished = belt.finish();
    ASSERT_FALSE(finished.ok());
    EXPECT_EQ(finished.error().message, "no corners");
    EXPECT_EQ(asked, 1);
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
            return Result<void>();
        });
        LumaFrame waits = frame_of(1);
        last = waits.samples;
        ASSERT_TRUE(belt.push(frame_of(0)).ok());
        has_begun.acquire();
        ASSERT_TRUE(belt.push(std::move(waits)).ok());
    }
    EXPECT_EQ(consumed, 1);
}

}  // namespace
}  // namespace refrain::fingerprint

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/export.h"

#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/ordered_pool.h"
#include "cli/text.h"
#include "cli/values.h"
#include "support/temp_folder.h"

namespace refrain::cli {

namespace {

TEST(Values, ReadsSizes) {
    EXPECT_EQ(parse_bytes("1"), 1U);
    EXPECT_EQ(parse_bytes("10K"), 10'240U);
    EXPECT_EQ(parse_bytes("2g"), 2'147'483'648U);
    EXPECT_EQ(parse_count("50M"), 50'000'000U);
    for (const char* bad : {"", "0", "K", "-1", "1.5M", "1X", " 1", "1 ", "18446744073709551616",
                            "99999999T", "0x10"}) {
        EXPECT_FALSE(parse_bytes(bad)) << bad;
    }
}

TEST(Values, ReadsSeconds) {
    EXPECT_EQ(parse_seconds("1")->us, 1'000'000);
    EXPECT_EQ(parse_seconds("0.5")->us, 500'000);
    EXPECT_EQ(parse_seconds(".000001")->us, 1);
    EXPECT_EQ(parse_seconds("1000000000")->us, 1'000'000'000'000'000);
    for (const char* bad : {"", ".", "0", "0.0", "-1", "1e3", "nan", "inf", "1.2.3", "0.0000001",
                            "1000000001", "99999999999"}) {
        EXPECT_FALSE(parse_seconds(bad)) << bad;
    }
}

TEST(Values, ReadsLabels) {
    EXPECT_EQ(parse_label("a=b=c"), (std::pair<std::string, std::string>{"a", "b=c"}));
    EXPECT_EQ(parse_label("a="), (std::pair<std::string, std::string>{"a", ""}));
    EXPECT_FALSE(parse_label("=b"));
    EXPECT_FALSE(parse_label("ab"));
}

TEST(Text, EscapesWhatCouldMoveTheCursor) {
    EXPECT_EQ(printable("a\x1b[0m\n\x7f"), "a\\x1b[0m\\n\\x7f");
    EXPECT_EQ(printable("\xE2\x80\xAE"
                        "evil"),
              "\\u202eevil");
    EXPECT_EQ(printable("\xC2\x9B"), "\\u009b");
    EXPECT_EQ(printable("caf\xC3\xA9"), "caf\xC3\xA9");
    EXPECT_EQ(printable("\xC3"), "\\xc3");
}

TEST(Text, QuotesPdqPathsOnlyWhereNeeded) {
    EXPECT_EQ(list_name("a, b.jpg"), "a, b.jpg");
    EXPECT_EQ(list_name("a\nb"), "\"a\\nb\"");
    EXPECT_EQ(list_name("\"a"), "\"\\\"a\"");
}

TEST(Inputs, FileNameIsTheLastPart) {
    EXPECT_EQ(file_name("a/b.jpg"), "b.jpg");
    EXPECT_EQ(file_name("b.jpg"), "b.jpg");
    EXPECT_EQ(file_name("a/b/"), "b");
    EXPECT_EQ(file_name("/"), "/");
}

TEST(Inputs, TellHowManyAreLeftAsFarAsTheyLookAhead) {
    const test::TempFolder folder;
    std::filesystem::create_directory(folder / "sub");
    std::ofstream(folder / "sub" / "a") << "x";
    std::ofstream(folder / "sub" / "b") << "x";
    std::ofstream(folder / "list") << "one\ntwo\n";
    const auto lefts = [](const InputSpec& spec, std::size_t look_ahead) {
        auto source = InputSource::open(
            spec, [](const std::string&) {}, look_ahead);
        std::vector<std::size_t> counts;
        while (const auto input = source->next({})) {
            counts.push_back(input->left);
        }
        return counts;
    };
    using Counts = std::vector<std::size_t>;
    EXPECT_EQ(lefts({{"x"}, {}}, 8), Counts{1});
    EXPECT_EQ(lefts({{"x", folder / "sub", "y"}, {}}, 2), (Counts{2, 2, 2, 1}));
    EXPECT_EQ(lefts({{"x"}, {folder / "list"}}, 8), (Counts{3, 2, 1}));
}

TEST(Tally, GivesTheExitCodesOfTheContract) {
    EXPECT_EQ((Tally{3, 0, 0}.exit_code()), kExitDone);
    EXPECT_EQ((Tally{3, 1, 0}.exit_code()), kExitSomeFailed);
    EXPECT_EQ((Tally{0, 1, 0}.exit_code()), kExitAllFailed);
    EXPECT_EQ((Tally{3, 0, 0}.look_up_exit_code()), kExitNoMatch);
    EXPECT_EQ((Tally{3, 0, 1}.look_up_exit_code()), kExitDone);
    EXPECT_EQ((Tally{3, 1, 1}.look_up_exit_code()), kExitSomeFailed);
}

using Pool = OrderedPool<int, int>;
constexpr std::chrono::milliseconds kPatience{50};

Pool::Pull count_to(int end, int& next) {
    return [end, &next](const std::stop_token&) {
        return next < end ? std::optional(next++) : std::nullopt;
    };
}

TEST(OrderedPool, HandsOutcomesBackInOrder) {
    int next = 0;
    Pool pool(4, {.tasks = 8}, count_to(200, next),
              [](int task, const std::stop_token&) {
                  if (task % 7 == 0) {
                      std::this_thread::sleep_for(std::chrono::milliseconds(2));
                  }
                  return task * 2;
              },
              {});
    int expected = 0;
    for (;;) {
        const auto state = pool.wait(kPatience);
        if (state == Pool::State::kEnd) {
            break;
        }
        while (const auto outcome = pool.take()) {
            EXPECT_EQ(*outcome, 2 * expected);
            ++expected;
        }
    }
    EXPECT_EQ(expected, 200);
}

TEST(OrderedPool, PullsNoMoreThanItsCapacity) {
    std::atomic<int> pulled = 0;
    Pool pool(
        2, {.tasks = 5}, [&](const std::stop_token&) { return std::optional(pulled++); },
        [](int task, const std::stop_token&) { return task; }, {});
    for (int taken = 0; taken < 50; ++taken) {
        ASSERT_EQ(pool.wait(std::chrono::minutes(1)), Pool::State::kReady);
        // What is pulled and not taken: never more than the capacity.
        EXPECT_LE(pulled - taken, 5);
        EXPECT_EQ(pool.take(), taken);
    }
}

TEST(OrderedPool, PullsNothingWhileWhatWaitsIsHeavy) {
    std::atomic<int> pulled = 0;
    std::atomic<bool> may_end = false;
    // The first task takes until the others have nothing left to do.
    Pool pool(
        2,
        {.tasks = 1000,
         .weight = 50,
         .weigh =
             [](int) {
                 return std::size_t{10};
             }},
        [&](const std::stop_token&) { return std::optional(pulled++); },
        [&](int task, const std::stop_token& stop) {
            while (task == 0 && !may_end && !stop.stop_requested()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            return task;
        },
        {});
    while (pulled < 6) {
        ASSERT_EQ(pool.wait(kPatience), Pool::State::kWaiting);
    }
    EXPECT_EQ(pool.wait(kPatience), Pool::State::kWaiting);
    EXPECT_EQ(pulled, 6);  // the one in work, and five of weight 10
    may_end = true;
    for (int taken = 0; taken < 50; ++taken) {
        ASSERT_EQ(pool.wait(std::chrono::minutes(1)), Pool::State::kReady);
        EXPECT_EQ(pool.take(), taken);
        EXPECT_LE(pulled - taken, 8);
    }
}

TEST(OrderedPool, WaitsForAFullBatchOrTheEnd) {
    int next = 0;
    Pool pool(2, {.tasks = 100}, count_to(25, next),
              [](int task, const std::stop_token&) {
                  std::this_thread::sleep_for(std::chrono::milliseconds(1));
                  return task;
              },
              {});
    std::vector<int> batches;
    while (pool.wait(std::chrono::minutes(1)) == Pool::State::kReady) {
        pool.wait_for_more(10, std::chrono::minutes(1));
        int taken = 0;
        while (taken < 10 && pool.take()) {
            ++taken;
        }
        batches.push_back(taken);
    }
    EXPECT_EQ(batches, (std::vector<int>{10, 10, 5}));
}

TEST(OrderedPool, AnExceptionOfAWorkerComesOut) {
    int next = 0;
    Pool pool(2, {.tasks = 4}, count_to(10, next),
              [](int task, const std::stop_token&) -> int {
                  throw std::runtime_error("task " + std::to_string(task));
              },
              {});
    EXPECT_THROW(
        {
            while (pool.wait(kPatience) != Pool::State::kEnd) {
            }
        },
        std::runtime_error);
}

TEST(OrderedPool, EndsWhenItIsStopped) {
    std::stop_source stop;
    int next = 0;
    Pool pool(
        2, {.tasks = 4}, count_to(1'000'000, next),
        [](int task, const std::stop_token& token) {
            while (!token.stop_requested()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            return task;
        },
        stop.get_token());
    EXPECT_EQ(pool.wait(kPatience), Pool::State::kWaiting);
    stop.request_stop();
    EXPECT_EQ(pool.wait(kPatience), Pool::State::kEnd);
}

}  // namespace

}  // namespace refrain::cli

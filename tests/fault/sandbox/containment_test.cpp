#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sandbox_fixture.h"

namespace refrain {
namespace {

class Lie : public test::SandboxTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Lie, CostsOneMedium) {
    start();
    expect_healthy();
    const auto outcome = run_attempt(GetParam());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kDecoderCrashed) << outcome.error().message;
    expect_healthy();
}

INSTANTIATE_TEST_SUITE_P(All,
                         Lie,
                         ::testing::Values("other_medium",
                                           "no_size",
                                           "absurd_size",
                                           "absurd_time",
                                           "absurd_duration",
                                           "absurd_end",
                                           "absurd_count",
                                           "no_frames",
                                           "absurd_name",
                                           "absurd_work",
                                           "torn_record",
                                           "flipped_record",
                                           "claim_too_much",
                                           "claim_everything",
                                           "claim_and_hang_up",
                                           "packet_too_long",
                                           "packet_too_short",
                                           "short_header",
                                           "wrong_magic",
                                           "unknown_kind",
                                           "second_greeting",
                                           "unasked_picture",
                                           "unknown_error",
                                           "corpus_error",
                                           "endless_progress",
                                           "progress_beyond_the_parts",
                                           "progress_before_the_parts",
                                           "crash",
                                           "abort",
                                           "end"),
                         [](const auto& each) {
                             std::string name;
                             for (const char c : std::string(each.param)) {
                                 if (c != '_') {
                                     name += c;
                                 }
                             }
                             return name;
                         });

using Worker = test::SandboxTest;

TEST_F(Worker, GivesTheFingerprintThatThisProcessGives) {
    start();
    options_ = options_.for_query();
    for (const char* name : {"bear.jpg", "flower.mp4"}) {
        const auto inside = run(sample(name));
        const auto here = Fingerprinter(options_).fingerprint_file(sample(name));
        ASSERT_TRUE(inside) << inside.error().message;
        ASSERT_TRUE(here) << here.error().message;
        EXPECT_EQ(inside->fingerprint, here->fingerprint) << name;
    }
}

TEST_F(Worker, GivesTheErrorThatThisProcessGives) {
    start();
    const std::filesystem::path text = folder_ / "text";
    std::ofstream(text) << "nothing to see here\n";
    const auto inside = run(text);
    const auto here = Fingerprinter(options_).fingerprint_file(text);
    ASSERT_FALSE(inside);
    ASSERT_FALSE(here);
    EXPECT_EQ(inside.error(), here.error());
}

TEST_F(Worker, AcceptsWhatAnHonestWorkerMightSend) {
    start();
    EXPECT_TRUE(run_attempt("honest"));
    EXPECT_TRUE(run_attempt("many_threads"));
}

TEST_F(Worker, DecodesWithSeveralThreads) {
    start();
    options_.decoder_threads = 4;
    const auto several = run(sample("crystal.mp4"));
    options_.decoder_threads = 1;
    const auto one = run(sample("crystal.mp4"));
    ASSERT_TRUE(several) << several.error().message;
    ASSERT_TRUE(one) << one.error().message;
    EXPECT_EQ(several->fingerprint, one->fingerprint);
}

TEST_F(Worker, ThatHangsIsKilled) {
    start();
    options_.limits.max_wall_time = MediaTime::from_ms(100);
    const auto outcome = run_attempt("hang");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kTimeout) << outcome.error().message;
    options_.limits = {};
    expect_healthy();
}

TEST_F(Worker, ThatSpinsIsStoppedByItsProcessorLimitWithoutUs) {
    SandboxOptions limits;
    limits.cpu_seconds = 1;
    start(limits);
    const auto outcome = run_attempt("spin");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kDecoderCrashed);
    EXPECT_NE(outcome.error().message.find("signal"), std::string::npos) << outcome.error().message;
}

TEST_F(Worker, CannotTakeMoreMemoryThanAllowed) {
    SandboxOptions limits;
    limits.memory_bytes = 1ULL << 30;
    start(limits);
    const auto report = sandbox_->report();
    ASSERT_TRUE(report);
    if (report->layers.at(0).detail.find("not bounded") != std::string::npos) {
        GTEST_SKIP() << "SKIPPED: a sanitizer needs all of the address space";
    }
    const auto outcome = run_attempt("take_all_memory");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, "refused: ENOMEM");
    expect_healthy();
}

TEST_F(Worker, ThatSaysMoreThanItsAnswerIsReplaced) {
    start();
    EXPECT_TRUE(run_attempt("answer_twice"));
    expect_healthy();
}

TEST_F(Worker, ThatDiesWhileIdleCostsNothing) {
    start();
    EXPECT_TRUE(run_attempt("answer_and_end"));
    expect_healthy();
}

TEST_F(Worker, IsKilledWhenTheCallIsCancelled) {
    start();
    std::stop_source source;
    RunControl control;
    control.stop = source.get_token();
    std::jthread stopper([&source, this] {
        while (sandbox_->counts().started == 0) {
            std::this_thread::yield();
        }
        source.request_stop();
    });
    const auto outcome = run_attempt("hang", control);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
    EXPECT_EQ(sandbox_->counts().cancelled, 1U);
}

TEST_F(Worker, IsCountedByHowItEnded) {
    SandboxOptions one;
    one.max_workers = 1;
    one.media_per_worker = 2;
    start(one);
    expect_healthy();
    expect_healthy();  // ends the first one, which is no death
    EXPECT_EQ(sandbox_->counts().running, 0U);
    ASSERT_FALSE(run_attempt("other_medium"));
    options_.limits.max_wall_time = MediaTime::from_ms(100);
    ASSERT_FALSE(run_attempt("hang"));
    options_.limits = {};
    expect_healthy();
    const SandboxCounts counts = sandbox_->counts();
    EXPECT_EQ(counts.running, 1U);
    EXPECT_EQ(counts.started, 4U);
    EXPECT_EQ(counts.crashed, 1U);
    EXPECT_EQ(counts.timed_out, 1U);
    EXPECT_EQ(counts.cancelled, 0U);
}

TEST_F(Worker, TellsOfProgressOnTheCallingThread) {
    start();
    RunControl control;
    std::atomic<bool> is_elsewhere = false;
    const auto here = std::this_thread::get_id();
    control.progress = [&](const MediumProgress&) {
        is_elsewhere = is_elsewhere || std::this_thread::get_id() != here;
    };
    EXPECT_TRUE(run(sample("crystal.mp4"), control));
    EXPECT_FALSE(is_elsewhere);
}

TEST_F(Worker, TellsWhereItIsAndInWhichPart) {
    start();
    RunControl control;
    std::vector<MediumProgress> seen;
    control.progress = [&](const MediumProgress& at) {
        seen.push_back(at);
    };
    EXPECT_TRUE(run_attempt("progress_in_a_part", control));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].position.us, 1);
    EXPECT_EQ(seen[0].duration.us, 2);
    EXPECT_EQ(seen[0].part, 3U);
    EXPECT_EQ(seen[0].parts, 7U);
}

TEST_F(Worker, TellsOfEachPart) {
    start();
    const std::filesystem::path both = folder_ / "motion.jpg";
    std::ofstream(both, std::ios::binary)
        << std::ifstream(sample("bear.jpg"), std::ios::binary).rdbuf()
        << std::ifstream(sample("crystal.mp4"), std::ios::binary).rdbuf();
    RunControl control;
    std::set<std::size_t> seen;
    control.progress = [&](const MediumProgress& at) {
        EXPECT_EQ(at.parts, 2U);
        seen.insert(at.part);
    };
    const auto outcome = run(both, control);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->fingerprint.more_parts.size(), 1U);
    EXPECT_TRUE(seen.contains(1));
}

TEST_F(Worker, GetsADescriptorForReadingOnly) {
    start();
    const std::filesystem::path file = attempt("honest");
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(descriptor, 0);
    FingerprintOptions options;
    options.sandbox = sandbox_;
    EXPECT_TRUE(Fingerprinter(options).fingerprint_descriptor(descriptor));
    ::close(descriptor);
}

TEST_F(Worker, IsReplacedAfterSoManyMedia) {
    SandboxOptions few;
    few.media_per_worker = 2;
    few.max_workers = 1;
    start(few);
    for (int i = 0; i < 7; ++i) {
        expect_healthy();
    }
}

TEST_F(Worker, ServesManyThreadsAtOnceWithFewWorkers) {
    SandboxOptions two;
    two.max_workers = 2;
    start(two);
    std::atomic<int> good = 0;
    std::atomic<int> bad = 0;
    const auto crash = attempt("crash");
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&, i] {
                for (int round = 0; round < 5; ++round) {
                    const auto outcome = run(i % 3 == 0 ? crash : sample("bear.jpg"));
                    ++(outcome ? good : bad);
                }
            });
        }
    }
    EXPECT_EQ(good, 20);
    EXPECT_EQ(bad, 10);
}

}  // namespace
}  // namespace refrain

#include <string>

#include <signal.h>

#include "sandbox_fixture.h"

namespace refrain {
namespace {

/// How an attempt ends, and by whose hand: part of the message.
struct Attempt {
    const char* name;
    const char* stopped_by;
};

constexpr const char* kKilled = "forbidden system call";
constexpr const char* kRefused = "refused: EACCES";

class Escape : public test::SandboxTest, public ::testing::WithParamInterface<Attempt> {};

std::string name_of(const ::testing::TestParamInfo<Attempt>& info) {
    std::string name;
    bool is_start = true;
    for (const char* c = info.param.name; *c != '\0'; ++c) {
        if (*c == '_') {
            is_start = true;
            continue;
        }
        name += is_start ? static_cast<char>(std::toupper(*c)) : *c;
        is_start = false;
    }
    return name;
}

TEST_P(Escape, IsStopped) {
    start();
    const auto outcome = run_attempt(GetParam().name);
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().message.find(GetParam().stopped_by), std::string::npos)
        << outcome.error().message;
    expect_healthy();
}

INSTANTIATE_TEST_SUITE_P(OfSeccomp,
                         Escape,
                         ::testing::Values(Attempt{"open", kRefused},
                                           Attempt{"create", kRefused},
                                           Attempt{"stat", kRefused},
                                           Attempt{"parent_memory_file", kRefused},
                                           Attempt{"parent_descriptors", kRefused},
                                           Attempt{"fork_by_clone3", "refused: ENOSYS"},
                                           Attempt{"unlink", kKilled},
                                           Attempt{"parent_descriptor_copy", kKilled},
                                           Attempt{"parent_memory", kKilled},
                                           Attempt{"parent_trace", kKilled},
                                           Attempt{"parent_signal", kKilled},
                                           Attempt{"parent_limits", kKilled},
                                           Attempt{"group_signal", kKilled},
                                           Attempt{"socket", kKilled},
                                           Attempt{"unix_socket", kKilled},
                                           Attempt{"fork", kKilled},
                                           Attempt{"vfork", kKilled},
                                           Attempt{"exec", kKilled},
                                           Attempt{"exec_by_descriptor", kKilled},
                                           Attempt{"executable_memory", kKilled},
                                           Attempt{"memory_made_executable", kKilled},
                                           Attempt{"map_medium", kKilled},
                                           Attempt{"write_medium", kKilled},
                                           Attempt{"truncate_medium", kKilled},
                                           Attempt{"memory_file", kKilled},
                                           Attempt{"shared_memory", kKilled},
                                           Attempt{"raise_own_limit", kKilled},
                                           Attempt{"namespace", kKilled},
                                           Attempt{"io_uring", kKilled},
                                           Attempt{"bpf", kKilled},
                                           Attempt{"keyring", kKilled},
                                           Attempt{"become_dumpable", kKilled},
                                           Attempt{"outlive_parent", kKilled},
                                           Attempt{"new_session", kKilled}),
                         name_of);

/// Without seccomp, to see that the layers behind it hold by themselves.
class SecondLayer : public test::SandboxTest, public ::testing::WithParamInterface<Attempt> {};

TEST_P(SecondLayer, IsStopped) {
    start({}, "-no-seccomp");
    const auto report = sandbox_->report();
    ASSERT_TRUE(report);
    const std::string needed = std::string(GetParam().name) == "connect"          ? "no TCP"
                               : std::string(GetParam().name).ends_with("signal") ? "no signals"
                                                                                  : "no files";
    if (report->layers.at(2).detail.find(needed) == std::string::npos) {
        GTEST_SKIP() << "SKIPPED: Landlock of this kernel: " << report->layers.at(2).detail;
    }
    const auto outcome = run_attempt(GetParam().name);
    ASSERT_FALSE(outcome);
    EXPECT_NE(outcome.error().message.find(GetParam().stopped_by), std::string::npos)
        << outcome.error().message;
}

INSTANTIATE_TEST_SUITE_P(OfLandlock,
                         SecondLayer,
                         ::testing::Values(Attempt{"open", kRefused},
                                           Attempt{"create", kRefused},
                                           Attempt{"parent_memory_file", kRefused},
                                           Attempt{"connect", kRefused},
                                           Attempt{"exec", kRefused},
                                           Attempt{"parent_trace", "refused: EPERM"},
                                           Attempt{"parent_signal", "refused: EPERM"}),
                         name_of);

using Report = test::SandboxTest;

TEST_F(Report, NamesWhatIsInForce) {
    start();
    const auto report = sandbox_->report();
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_EQ(report->layers.size(), 4U);
    EXPECT_EQ(report->layers[3].name, "seccomp");
    EXPECT_TRUE(report->layers[3].is_in_force) << report->layers[3].detail;
}

TEST_F(Report, NamesWhatIsMissing) {
    start({}, "-no-landlock");
    const auto report = sandbox_->report();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->is_complete());
    EXPECT_FALSE(report->layers.at(2).is_in_force);
}

TEST_F(Report, RefusesLessThanAllWhereAllIsDemanded) {
    SandboxOptions options;
    options.need = SandboxNeed::kAll;
    options.worker = folder_ / "worker-bare";
    std::filesystem::create_symlink(test::environment_path("REFRAIN_TEST_ESCAPE_WORKER"),
                                    options.worker);
    const auto started = Sandbox::start(options);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::kSandboxMissing);
    EXPECT_NE(started.error().message.find("seccomp"), std::string::npos);
}

TEST_F(Report, SaysWhenThereIsNoWorker) {
    SandboxOptions options;
    options.worker = folder_ / "nothing";
    const auto started = Sandbox::start(options);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::kInternal);
}

TEST_F(Report, SaysWhenTheWorkerIsAnotherProgram) {
    SandboxOptions options;
    options.worker = "/bin/true";
    auto started = Sandbox::start(options);
    ASSERT_TRUE(started) << started.error().message;
    sandbox_ = std::move(started).value();
    const auto outcome = run(sample("bear.jpg"));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kInternal) << outcome.error().message;
}

}  // namespace
}  // namespace refrain

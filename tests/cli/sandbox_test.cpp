#include <filesystem>
#include <string>

#include "cli_fixture.h"

namespace refrain::test {
namespace {

using SandboxCli = Cli;

TEST_F(SandboxCli, DoctorNamesEveryLayer) {
    const Finished text = run_refrain({"doctor"});
    const Finished machine = run_refrain({"doctor", "--json"});
    const Json report = objects(machine.out).at(0);
    EXPECT_EQ(report["schema"], "refrain.doctor/1");
    EXPECT_EQ(report["sandbox"]["layers"].size(), 4U);
    EXPECT_EQ(machine.exit_code, report["sandbox"]["complete"].get<bool>() ? 0 : 4);
    for (const Json& layer : report["sandbox"]["layers"]) {
        EXPECT_NE(text.out.find(layer["name"].get<std::string>()), std::string::npos);
    }
}

TEST_F(SandboxCli, WarnsWithoutASandboxAndAnswersTheSame) {
    const Finished inside = run_refrain({"hash", "--json", known("bear.jpg")});
    const Finished here = run_refrain({"hash", "--json", "--no-sandbox", known("bear.jpg")});
    EXPECT_EQ(inside.out, here.out);
    EXPECT_EQ(inside.err, "");
    EXPECT_NE(here.err.find("without a sandbox"), std::string::npos);
}

TEST_F(SandboxCli, RefusesToRunWithoutItsHelper) {
    const Finished refused =
        run_refrain({"hash", "--worker", (folder_ / "nothing").native(), known("bear.jpg")});
    EXPECT_EQ(refused.exit_code, 4);
    EXPECT_EQ(refused.out, "");
    EXPECT_NE(refused.err.find("no program"), std::string::npos) << refused.err;
}

TEST_F(SandboxCli, RefusesToBothRequireAndForbidASandbox) {
    const Finished refused =
        run_refrain({"hash", "--no-sandbox", "--require-sandbox", known("bear.jpg")});
    EXPECT_EQ(refused.exit_code, 4);
    EXPECT_EQ(refused.out, "");
}

}  // namespace
}  // namespace refrain::test

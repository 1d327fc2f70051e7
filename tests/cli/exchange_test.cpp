// Bundles and hash lists on the command line: `fingerprint`, `import`, `export`.
#include <algorithm>
#include <fstream>
#include <utility>

#include "cli_fixture.h"

namespace refrain::test {

namespace {

TEST_F(Cli, ABundleCarriesFingerprintsToACorpusElsewhere) {
    const std::string bundle = (folder_ / "made.bundle").native();
    const Finished made = run_refrain(
        {"fingerprint", "--json", "--quiet", "--out", bundle, known("bear.jpg"), "/no/such.jpg"});
    EXPECT_EQ(made.exit_code, 3);
    const auto lines = objects(made.out);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].at("schema"), "refrain.fingerprint/1");
    EXPECT_EQ(lines[0].at("status"), "written");
    EXPECT_EQ(lines[1].at("error").at("code"), "not_found");

    const Finished imported = json("import", {"--bank", "b", bundle});
    EXPECT_EQ(imported.exit_code, 0) << imported.err;
    EXPECT_EQ(objects(imported.out)[0].at("added"), 1);
    const auto found = objects(json("find", {known("bear.jpg")}).out);
    ASSERT_EQ(found[0].at("status"), "match");
    EXPECT_EQ(found[0].at("matches")[0].at("bank"), "b");
    EXPECT_EQ(objects(json("import", {"--bank", "b", bundle}).out)[0].at("exists"), 1);
}

TEST_F(Cli, AListOfPdqCodesFindsThePicture) {
    const Finished hashed = run_refrain({"hash", "--format", "pdq", known("bear.jpg")});
    ASSERT_EQ(hashed.exit_code, 0);
    const Finished imported = json("import", {"--label", "from=test", "-"}, hashed.out + "abc\n");
    EXPECT_EQ(imported.exit_code, 3);
    const auto report = objects(imported.out)[0];
    EXPECT_EQ(report.at("schema"), "refrain.import/1");
    EXPECT_EQ(report.at("added"), 1);
    EXPECT_EQ(report.at("refused").at("odd_digits"), 1);
    EXPECT_NE(imported.err.find("line 2: odd_digits"), std::string::npos) << imported.err;
    const auto found = objects(json("find", {known("bear.jpg")}).out);
    ASSERT_EQ(found[0].at("status"), "match");
    EXPECT_EQ(found[0].at("matches")[0].at("labels").at("from"), "test");

    const Finished exported = run_refrain({"export", "--corpus", corpus(), "--format", "pdq"});
    EXPECT_EQ(exported.exit_code, 0);
    EXPECT_EQ(exported.out.substr(0, 68), hashed.out.substr(0, 68));
}

TEST_F(Cli, ExportAndImportMergeCorpora) {
    ASSERT_EQ(json("add", {"--bank", "a", "--label", "k=v", known("bear.jpg")}).exit_code, 0);
    ASSERT_EQ(json("add", {"--bank", "b", known("larch.jpg")}).exit_code, 0);
    const Finished all = run_refrain({"export", "--corpus", corpus(), "--format", "records"});
    const Finished some = run_refrain(
        {"export", "--corpus", corpus(), "--format", "records", "--bank", "a", "--label", "k=v"});
    ASSERT_EQ(all.exit_code, 0);
    const std::string other = (folder_ / "other").native();
    EXPECT_EQ(
        objects(run_refrain({"import", "--json", "--corpus", other, "-"}, some.out).out)[0].at(
            "added"),
        1);
    EXPECT_EQ(objects(run_refrain({"import", "--json", "--corpus", other, "-"}, all.out).out)[0].at(
                  "added"),
              1);
    EXPECT_EQ(lines_of(run_refrain({"list", "--json", "--corpus", other}).out).size(), 2U);
    EXPECT_EQ(lines_of(run_refrain({"export", "--corpus", other, "--format", "jsonl"}).out).size(),
              2U);
    EXPECT_EQ(run_refrain({"import", "--corpus", other, "-"}, all.out.substr(0, all.out.size() - 9))
                  .exit_code,
              3);
}

TEST_F(Cli, AListOfDigestsFindsTheSameBytesAndNothingElse) {
    // As `sha256sum` and `md5sum` write them.
    const auto hashed = objects(run_refrain({"hash", "--json", known("bear.jpg")}).out)[0];
    const std::string sha256 = hashed.at("media").at("sha256");
    const std::string md5 = hashed.at("media").at("md5");
    const std::string list = sha256 + "  bear.jpg\n" + md5 + "  bear.jpg\n" +
                             "da39a3ee5e6b4b0d3255bfef95601890afd80709  empty\n";
    const Finished imported = json("import", {"--bank", "digests", "-"}, list);
    EXPECT_EQ(objects(imported.out)[0].at("added"), 3) << imported.err;
    EXPECT_EQ(objects(json("import", {"--bank", "digests", "-"}, list).out)[0].at("exists"), 3);
    const auto found = objects(json("find", {known("bear.jpg"), known("larch.jpg")}).out);
    ASSERT_EQ(found[0].at("matches").size(), 2U);
    EXPECT_EQ(found[0].at("matches")[0].at("evidence"), Json::array({"exact"}));
    EXPECT_EQ(found[0].at("matches")[1].at("name"), "bear.jpg");
    EXPECT_EQ(found[1].at("status"), "no_match");
    EXPECT_EQ(run_refrain({"export", "--corpus", corpus(), "--format", "digests"}).out.size(),
              list.size());
}

TEST_F(Cli, WhatIsExportedAndImportedGivesTheSameAnswers) {
    const auto code_of = [](const std::string& name) {
        const Finished hashed = run_refrain({"hash", "--format", "pdq", known(name)});
        EXPECT_EQ(hashed.exit_code, 0);
        return hashed.out.substr(0, 64);
    };
    const std::string bear = code_of("bear.jpg");
    const std::string larch = code_of("larch.jpg");
    ASSERT_EQ(json("import", {"-"}, bear + ",100,a.jpg\n" + larch + ",70,\n").exit_code, 0);
    // Two films in one file, a document each.
    const std::string films = "[\"" + bear + ",90,0.000000\",\"" + larch + ",80,1.250000\"]\n[\"" +
                              larch + ",100,0.500000\"]\n";
    const Finished imported = json("import", {"--format", "vpdq", "-"}, films);
    EXPECT_EQ(objects(imported.out)[0].at("added"), 2) << imported.err;

    const auto answers = [](const std::string& corpus) {
        std::string all;
        for (const char* name : {"bear.jpg", "larch.jpg"}) {
            auto found = objects(run_refrain({"find", "--corpus", corpus, "--json", "--quiet",
                                              "--min-score", "0", known(name)})
                                     .out)[0];
            found.erase("timing_ms");
            all += found.dump() + "\n";
        }
        return all;
    };
    const std::string before = answers(corpus());
    EXPECT_EQ(lines_of(run_refrain({"list", "--json", "--corpus", corpus()}).out).size(), 4U);
    for (const std::vector<std::string>& formats :
         {std::vector<std::string>{"pdq", "vpdq"}, std::vector<std::string>{"records"}}) {
        const std::string other = (folder_ / ("other-" + formats.front())).native();
        for (const std::string& format : formats) {
            const Finished out = run_refrain({"export", "--corpus", corpus(), "--format", format});
            ASSERT_EQ(out.exit_code, 0) << out.err;
            ASSERT_EQ(run_refrain({"import", "--corpus", other, "--format", format, "-"}, out.out)
                          .exit_code,
                      0);
        }
        EXPECT_EQ(answers(other), before) << formats.front();
    }
    EXPECT_EQ(run_refrain({"export", "--corpus", corpus(), "--format", "vpdq"}).out.size(),
              films.size());
}

TEST_F(Cli, ATableOfItemsQuotesWhatNeedsIt) {
    ASSERT_EQ(json("add", {"--label", "say=\"a, b\"", known("bear.jpg")}).exit_code, 0);
    const auto lines =
        lines_of(run_refrain({"export", "--corpus", corpus(), "--format", "csv"}).out);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].substr(0, 18), "id,bank,name,kind,");
    EXPECT_NE(lines[1].find(",default,bear.jpg,image,media,"), std::string::npos) << lines[1];
    EXPECT_NE(lines[1].find(",\"say=\"\"a, b\"\"\","), std::string::npos) << lines[1];
}

TEST_F(Cli, AFeedIsReadWithDryRunAndTouchesNoCorpus) {
    const std::string feed =
        R"({"results":[{"id":1,"algorithm":"MD5","hash_digest":"d41d8cd98f00b204e9800998ecf8427e","deleted":false},{"id":2,"deleted":true}]})";
    const Finished read = json("import", {"--dry-run", "-"}, feed);
    EXPECT_EQ(read.exit_code, 0) << read.err;
    const auto report = objects(read.out)[0];
    EXPECT_EQ(report.at("dry_run"), true);
    EXPECT_EQ(report.at("added"), 1);
    EXPECT_EQ(report.at("deleted"), 1);
    EXPECT_FALSE(std::filesystem::exists(corpus()));
}

TEST_F(Cli, ExportTakesTheFiltersOfList) {
    ASSERT_EQ(json("add", {"--bank", "a", "--label", "k=v", known("larch.jpg")}).exit_code, 0);
    ASSERT_EQ(json("add", {"--bank", "b", known("bear.jpg")}).exit_code, 0);
    const std::string md5 = "0123456789abcdef0123456789abcdef";
    ASSERT_EQ(json("import", {"--bank", "b", "-"}, md5 + "  a list's name\n").exit_code, 0);
    const auto names = [&](const std::string& command, const Words& filter) {
        Words words =
            command == "list" ? Words{"list", "--json"} : Words{"export", "--format", "jsonl"};
        words.insert(words.end(), {"--corpus", corpus()});
        words.insert(words.end(), filter.begin(), filter.end());
        const Finished done = run_refrain(words);
        EXPECT_EQ(done.exit_code, 0) << done.err;
        std::vector<std::string> all = field(done.out, "name");
        std::sort(all.begin(), all.end());
        return all;
    };
    const std::vector<std::pair<Words, std::size_t>> filters = {
        {{}, 3},
        {{"--bank", "b"}, 2},
        {{"--label", "k=v"}, 1},
        {{"--name", "*ar*"}, 2},
        {{"--kind", "digest"}, 1},
        {{"--kind", "media", "--bank", "b"}, 1},
        {{"--since", "2100-01-01"}, 0},
        {{"--until", "2100-01-01"}, 3},
        {{"--disabled"}, 0}};
    for (const auto& [filter, count] : filters) {
        EXPECT_EQ(names("export", filter), names("list", filter));
        EXPECT_EQ(names("export", filter).size(), count);
    }
    using Names = std::vector<std::string>;
    const Finished sorted = run_refrain({"list", "--corpus", corpus(), "--json", "--sort", "name"});
    EXPECT_EQ(field(sorted.out, "name"), (Names{"a list's name", "bear.jpg", "larch.jpg"}));
}

TEST_F(Cli, ExchangeCommandsSayWhatIsMissing) {
    EXPECT_EQ(run_refrain({"import"}).exit_code, 2);
    EXPECT_EQ(run_refrain({"import", "--format", "odd", "-"}).exit_code, 2);
    EXPECT_EQ(run_refrain({"export", "--corpus", corpus()}).exit_code, 2);
    EXPECT_EQ(run_refrain({"fingerprint", known("bear.jpg")}).exit_code, 2);
    EXPECT_EQ(json("import", {"/no/such/list"}).exit_code, 4);
}

}  // namespace

}  // namespace refrain::test

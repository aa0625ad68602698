// SPDX-License-Identifier: Apache-2.0
// A config of several files: what is found, who is blamed, and in which file.
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using test::Files;
using test::load_files;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kProvider =
    "  perf: {type: huawei-cpts, region: r, project_id: p, credentials: {token: \"${file:/t}\"}}\n";
const std::string kJob =
    "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: \"0 2 * * *\", stop: {after: 5m}}\n";

TEST(Include, Files_AreJoined) {
    const auto result = load_files({
        {"taktd.yaml",
         "version: 1\ntime_zone: Asia/Shanghai\ninclude: [jobs.d/*.yaml, teams/chaos.yaml]\nproviders:\n" + kProvider +
             "jobs:\n  own: " + kJob},
        {"jobs.d/b.yaml", "jobs:\n  b: {use: t, task: {task_id: 2}}\n"},
        {"jobs.d/a.yaml",
         "x-notes: anything\ntemplates:\n  t: {provider: perf, task: {test_suite_id: 1}, start: \"0 3 * * *\", stop: "
         "{after: 5m}}\n"},
        {"jobs.d/a.txt", "not: [a, config"},
        {"teams/chaos.yaml",
         "include: [more/*.yaml]\ndefaults: {owner: us}\nproviders:\n"
         "  chaos: {type: tencent-cfg, credentials: {secret_id: \"${file:/i}\", secret_key: \"${file:/k}\"}}\n"},
        {"teams/more/drill.yaml",
         "jobs:\n  drill: {provider: chaos, task: {task_id: 1}, start: manual, stop: {after: 5m, is_expect: true, "
         "summary: x}}\n"},
        {"teams/more/empty.yaml", "# nothing yet\n"},
    });
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_TRUE(result.diagnostics.empty()) << test::all_text(result);
    EXPECT_THAT(result.files, ElementsAre("taktd.yaml", "jobs.d/a.yaml", "jobs.d/b.yaml", "teams/chaos.yaml",
                                          "teams/more/drill.yaml", "teams/more/empty.yaml"));
    const Config& config = *result.settings->config;
    EXPECT_EQ(config.jobs.size(), 3u);
    EXPECT_EQ(config.providers.size(), 2u);
    for (const auto& [name, job] : config.jobs) {
        EXPECT_EQ(job->owner, "us") << "defaults are for every job of every file";
        EXPECT_EQ(job->zone->name(), "Asia/Shanghai");
    }
}

struct Said {
    const char* name;
    Files files;
    std::vector<std::string> lines;
};
void PrintTo(const Said& s, std::ostream* out) { *out << s.name; }

class IncludeFindings : public ::testing::TestWithParam<Said> {};

TEST_P(IncludeFindings, Finding_NamesItsFile) {
    const auto result = load_files(GetParam().files);
    EXPECT_EQ(test::headlines(result), GetParam().lines) << test::all_text(result);
}

Files files(const std::string& include, const Files& others) {
    Files all = others;
    all["taktd.yaml"] = "version: 1\ninclude: " + include + "\nproviders:\n" + kProvider;
    return all;
}

INSTANTIATE_TEST_SUITE_P(
    Settings, IncludeFindings,
    ::testing::Values(
        Said{"InTheRightFile",
             files("[a.yaml, b.yaml]", {{"a.yaml", "jobs:\n  a: " + kJob +
                                                       "  c: {onwer: x, provider: perf, task: {test_suite_id: 1, "
                                                       "task_id: 1}, start: manual, stop: {after: 5m}}\n"},
                                        {"b.yaml", "\ntemplates:\n  t: {max_duration: long}\n"}}),
             {"a.yaml:3:7: error: unknown key 'onwer'; did you mean 'owner'?",
              "b.yaml:3:21: error: 'max_duration' must be a duration, not 'long'; write a number and a unit: 500ms, "
              "10s, 5m, 2h or 7d"}},
        Said{"MissingFile",
             files("[jobs.d/x.yaml]", {}),
             {"taktd.yaml:2:11: error: the included file 'jobs.d/x.yaml' cannot be read: No such file or directory"}},
        Said{"MissingFileOfAnIncludedOne",
             files("[sub/a.yaml]", {{"sub/a.yaml", "include: [x.yaml]\n"}}),
             {"sub/a.yaml:1:11: error: the included file 'sub/x.yaml' cannot be read: No such file or directory"}},
        Said{"PatternWithoutMatch",
             files("[jobs.d/*.yaml]", {}),
             {"taktd.yaml:2:11: warning: no file matches 'jobs.d/*.yaml'"}},
        Said{"Cycle",
             files("[a.yaml]", {{"a.yaml", "include: [b.yaml]\n"}, {"b.yaml", "jobs: {}\ninclude: [a.yaml]\n"}}),
             {"b.yaml:2:11: error: include cycle: 'a.yaml' includes 'b.yaml' includes 'a.yaml'; remove one of them"}},
        Said{"CycleOfOne",
             files("[taktd.yaml]", {}),
             {"taktd.yaml:2:11: error: include cycle: 'taktd.yaml' includes 'taktd.yaml'; remove one of them"}},
        Said{
            "OneFileTwice",
            files("[a.yaml, '*.yaml', b.yaml]", {{"a.yaml", "jobs:\n  a: " + kJob}, {"b.yaml", "include: [a.yaml]\n"}}),
            {"taktd.yaml:2:19: error: include cycle: 'taktd.yaml' includes 'taktd.yaml'; remove one of them"}},
        Said{"Diamond",
             files("[b.yaml, c.yaml]", {{"a.yaml", "jobs:\n  a: " + kJob},
                                        {"b.yaml", "include: [a.yaml]\n"},
                                        {"c.yaml", "include: [a.yaml]\n"}}),
             {}},
        Said{"JobTwice",
             files("[a.yaml, b.yaml]", {{"a.yaml", "\njobs:\n  a: " + kJob}, {"b.yaml", "jobs:\n  a: " + kJob}}),
             {"b.yaml:2:3: error: job 'a' is already in a.yaml:3; remove or rename one"}},
        Said{"ProviderTwice",
             files("[a.yaml]", {{"a.yaml", "providers:\n" + kProvider}}),
             {"a.yaml:2:3: error: provider 'perf' is already in taktd.yaml:4; remove or rename one"}},
        Said{"TemplateTwice",
             files("[a.yaml, b.yaml]", {{"a.yaml", "templates: {t: {}}\n"}, {"b.yaml", "templates: {t: {}}\n"}}),
             {"b.yaml:1:13: error: template 't' is already in a.yaml:1; remove or rename one"}},
        Said{"DefaultTwice",
             files("[a.yaml, b.yaml]",
                   {{"a.yaml", "defaults: {owner: x}\n"}, {"b.yaml", "defaults: {owner: y, enabled: true}\n"}}),
             {"b.yaml:1:12: error: the default of 'owner' is already in a.yaml:1; remove or rename one"}},
        Said{"MainKeys",
             files("[a.yaml]", {{"a.yaml", "version: 1\ntime_zone: UTC\nstore: {}\ncontrol: {}\njbos: {}\n"}}),
             {"a.yaml:1:1: error: 'version' is allowed in the config's first file only, taktd.yaml; remove it here",
              "a.yaml:2:1: error: 'time_zone' is allowed in the config's first file only, taktd.yaml; remove it here",
              "a.yaml:3:1: error: 'store' is allowed in the config's first file only, taktd.yaml; remove it here",
              "a.yaml:4:1: error: 'control' is allowed in the config's first file only, taktd.yaml; remove it here",
              "a.yaml:5:1: error: unknown key 'jbos'; did you mean 'jobs'?"}},
        Said{"NoMapping",
             files("[a.yaml]", {{"a.yaml", "- jobs\n"}}),
             {"a.yaml:1:1: error: an included file must be a mapping of 'key: value', not a list"}},
        Said{"BrokenYaml",
             files("[a.yaml]", {{"a.yaml", "jobs:\n  a: {b\n"}}),
             {"a.yaml:3:1: error: this '{' is never closed, or a ',' is missing inside it"}},
        Said{"NotUtf8",
             files("[a.yaml]", {{"a.yaml", "\n# \xff\n"}}),
             {"a.yaml:2:3: error: this is not UTF-8; save the file as UTF-8"}},
        Said{"NoList",
             files("a.yaml", {{"a.yaml", ""}}),
             {"taktd.yaml:2:10: error: 'include' must be a list of files, not text; write 'include: [jobs.d/*.yaml]'"}},
        Said{
            "ItemIsAMapping", files("[{a: b}]", {}), {"taktd.yaml:2:11: error: 'include' must be text, not a mapping"}},
        Said{"Absolute",
             files("[/etc/taktd/x.yaml]", {{"/etc/taktd/x.yaml", "jobs: {A: {}}\n"}}),
             {"/etc/taktd/x.yaml:1:8: error: bad job name 'A'; a name is 1 to 63 of a-z, 0-9, '_' and '-', and begins "
              "with a letter or digit",
              "/etc/taktd/x.yaml:1:8: error: job 'A' needs 'provider'; write the name of one under 'providers'",
              "/etc/taktd/x.yaml:1:8: error: job 'A' needs 'start'; write e.g. 'start: \"0 2 * * *\"'",
              "/etc/taktd/x.yaml:1:8: error: job 'A' needs 'stop'; write e.g. 'stop: {after: 30m}': a job without an "
              "end is an error",
              "/etc/taktd/x.yaml:1:8: error: job 'A' needs 'task'; write 'task: {task_id: 1}' with the vendor's "
              "parameters"}}),
    [](const auto& tested) { return std::string{tested.param.name}; });

TEST(Include, Finding_ShowsTheLineOfTheFileThatIsMeant) {
    const auto result = load_files(files("[a.yaml]", {{"a.yaml", "jobs:\n  a: {strat: manual}\n"}}));
    EXPECT_EQ(result.diagnostics.at(0).to_text(),
              "a.yaml:2:3: error: job 'a' needs 'provider'; write the name of one under 'providers'\n"
              "  a: {strat: manual}\n"
              "  ^");
}

TEST(Include, SecretsOfEveryFile_AreNotShown) {
    const std::string secret = "HUNTER2HUNTER2";
    const Files cases[] = {
        files("[a.yaml, b.yaml]",
              {{"a.yaml",
                "providers:\n  c:\n    type: tencent-cfg\n    credentials:\n      secret_id: a\n      secret_key: " +
                    secret + "\n"},
               {"b.yaml", "jobs:\n  " + secret + ": {provider: x}\n  a: {provider: " + secret + "}\n"}}),
        files("[a.yaml]",
              {{"a.yaml", "providers:\n  c:\n    type: tencent-cfg\n    credentials: {secret_id: a, secret_key: \"" +
                              secret + "\n"}}),
        files("[a.yaml]", {{"a.yaml", "providers:\n  c: {type: tencent-cfg, credentials: &c {secret_id: " + secret +
                                          "}}\njobs: {a: *c}\ntemplates: {t: *c}\ndefaults: *c\n"}}),
    };
    for (const Files& one : cases) {
        const auto result = load_files(one);
        EXPECT_TRUE(result.has_errors());
        EXPECT_THAT(test::all_text(result), Not(HasSubstr(secret)));
    }
}

TEST(Include, SumOfAllFiles_IsLimited) {
    const std::string small = "#" + std::string(1024, 'x') + "\n",
                      large = "#" + std::string(kConfigBytesMax - 1024, 'x') + "\n";
    const auto result =
        load_files(files("[a.yaml, b.yaml, c.yaml]", {{"a.yaml", small}, {"b.yaml", large}, {"c.yaml", "jobs: {}\n"}}));
    EXPECT_THAT(test::headlines(result), ElementsAre("b.yaml: error: with this file the config is larger than 64 MiB",
                                                     "c.yaml: error: with this file the config is larger than 64 MiB"));
}

TEST(Include, AliasesOverAllFiles_AreLimited) {
    const auto bomb = [] {
        std::string text = "x-0: &a [";
        for (int i = 0; i < 1000; ++i) text += "1, ";
        text += "]\nx-1: [";
        for (int i = 0; i < 1500; ++i) text += "*a, ";
        return text + "]\n";
    }();
    EXPECT_FALSE(load_files(files("[a.yaml, b.yaml]", {{"a.yaml", bomb}, {"b.yaml", bomb}})).has_errors());
    const auto result =
        load_files(files("[a.yaml, b.yaml, c.yaml]", {{"a.yaml", bomb}, {"b.yaml", bomb}, {"c.yaml", bomb}}));
    EXPECT_THAT(test::headlines(result), ElementsAre(HasSubstr("c.yaml:2:")));
}

TEST(Include, DepthAndNumber_AreLimited) {
    Files deep = files("[0.yaml]", {});
    for (int i = 0; i < 100; ++i) deep[std::to_string(i) + ".yaml"] = "include: [" + std::to_string(i + 1) + ".yaml]\n";
    EXPECT_THAT(test::headlines(load_files(deep)),
                ElementsAre("31.yaml:1:11: error: files include each other deeper than 32 levels"));
    Files many = files("[d/*.yaml]", {});
    for (std::size_t i = 0; i < kConfigFilesMax + 5; ++i) many["d/" + std::to_string(i) + ".yaml"] = "";
    EXPECT_THAT(test::headlines(load_files(many)), ElementsAre("taktd.yaml:2:11: error: more than 10000 files"));
}

TEST(Include, Include_InATextWithoutAFile_FindsNothing) {
    EXPECT_THAT(
        test::headlines(test::load("version: 1\ninclude: [/etc/passwd, '*']\n")),
        ElementsAre(HasSubstr("2:11: error: the included file '/etc/passwd' cannot be read: this config is no file"),
                    HasSubstr("2:24: warning: no file matches '*'")));
}

class IncludeFolder : public ::testing::Test {
protected:
    IncludeFolder() { std::filesystem::create_directories(folder_ / "jobs.d"); }
    ~IncludeFolder() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) { std::ofstream{folder_ / name} << text; }
    LoadResult load() { return load_settings((folder_ / "taktd.yaml").string(), test::context()); }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    std::filesystem::path folder_ =
        std::filesystem::path{::testing::TempDir()} / ("taktd_include_" + std::to_string(::getpid()));
};

TEST_F(IncludeFolder, Folder_IsReadInTheOrderOfItsNames) {
    write("taktd.yaml", "version: 1\ninclude: [jobs.d/*.yaml]\nproviders:\n" + kProvider);
    for (const char* name : {"b", "a", "B", ".hidden"}) {
        write(std::string{"jobs.d/"} + name + ".yaml",
              std::string{name} == "B" || *name == '.' ? "" : "jobs:\n  " + std::string{name} + ": " + kJob);
    }
    const auto result = load();
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_THAT(result.files,
                ElementsAre(path("taktd.yaml"), path("jobs.d/B.yaml"), path("jobs.d/a.yaml"), path("jobs.d/b.yaml")));
}

TEST_F(IncludeFolder, File_IsKnownByWhatItIs) {
    write("taktd.yaml", "version: 1\ninclude: [jobs.d/*.yaml, ./jobs.d/../jobs.d/a.yaml]\nproviders:\n" + kProvider);
    write("jobs.d/a.yaml", "jobs:\n  a: " + kJob);
    std::filesystem::create_symlink("a.yaml", folder_ / "jobs.d/b.yaml");
    const auto once = load();
    ASSERT_TRUE(once.settings) << test::all_text(once);
    EXPECT_EQ(once.files.size(), 2u);
    std::filesystem::create_symlink("../taktd.yaml", folder_ / "jobs.d/c.yaml");
    EXPECT_THAT(test::headlines(load()), ElementsAre(HasSubstr("include cycle: ")));
}

TEST_F(IncludeFolder, PipeFolderOrDevice_IsRefusedAndHangsNothing) {
    write("taktd.yaml", "version: 1\ninclude: [jobs.d/*, /dev/zero]\n");
    ASSERT_EQ(::mkfifo(path("jobs.d/pipe").c_str(), 0600), 0);
    std::filesystem::create_directory(folder_ / "jobs.d/sub");
    EXPECT_THAT(test::headlines(load()), ElementsAre(HasSubstr("jobs.d/pipe' cannot be read: Not a regular file"),
                                                     HasSubstr("jobs.d/sub' cannot be read: Is a directory"),
                                                     HasSubstr("'/dev/zero' cannot be read: Not a regular file")));
}

}  // namespace
}  // namespace taktd

#include <string>
#include <utility>

#include "audit/audit_log.h"
#include "cli/command_line.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/exit_code.h"

namespace refrain::cli {

namespace {

int verify(Session& session, const std::filesystem::path& folder) {
    const auto report = audit::verify_audit(folder);
    if (!report) {
        session.complain(report.error().message);
        return kExitAllFailed;
    }
    for (const std::string& problem : report->problems) {
        session.complain(problem);
    }
    const bool is_sound = report->problems.empty();
    session.print(std::string(is_sound ? "sound" : "damaged") + ": " +
                  std::to_string(report->entries) + " entries, the last has the hash " +
                  report->last_hash);
    return session.finish(is_sound ? kExitDone : kExitAllFailed);
}

int print_all(Session& session, const std::filesystem::path& folder) {
    const auto read = audit::read_audit(
        folder, [&](std::string_view line) { return session.print(line) && !session.must_end(); });
    if (!read) {
        session.complain(read.error().message);
        return kExitAllFailed;
    }
    return session.finish(kExitDone);
}

}  // namespace

int run_audit(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("audit",
                     "The log of the HTTP service: who changed and who looked up what. Each entry\n"
                     "holds the hash of the one before.",
                     "export|verify");
    std::string place;
    line.add_text("--folder", place, "Folder of the log (default: audit in the corpus)");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    const auto& words = line.operands();
    if (words.size() != 1 || (words.front() != "export" && words.front() != "verify")) {
        return line.wrong_usage("expected export or verify");
    }
    const auto folder = corpus_folder(line.common().corpus);
    if (place.empty() && !folder) {
        return line.wrong_usage("no corpus: give --corpus DIR, --folder DIR or set REFRAIN_CORPUS");
    }
    Session session("audit", line.common(), stop);
    const std::filesystem::path log =
        place.empty() ? *folder / "audit" : std::filesystem::path(place);
    return words.front() == "verify" ? verify(session, log) : print_all(session, log);
}

}  // namespace refrain::cli

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "cli/catalogue_options.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

constexpr std::size_t kEntriesPerPage = 1000;
constexpr std::uint64_t kUsual = 100;

struct LogSettings {
    std::optional<std::uint64_t> after;
    std::uint64_t limit = 0;  ///< 0: the usual number, or all of one item
    std::string id;
};

std::optional<std::uint64_t> parse_sequence(const std::string& word) {
    return word == "0" ? std::optional<std::uint64_t>(0) : parse_count(word);
}

std::string log_text(const LogEntry& entry) {
    return formatted("%8llu  %s  %-8s ", static_cast<unsigned long long>(entry.sequence),
                     time_text(entry.at_us).c_str(),
                     std::string(change_kind_name(entry.kind)).c_str()) +
           printable(entry.id) + "  " + printable(entry.detail) +
           (entry.author.by.empty() ? "" : "  by " + printable(entry.author.by)) +
           (entry.author.reason.empty() ? "" : ": " + printable(entry.author.reason));
}

ExitCode print_log(Session& session, const Corpus& corpus, LogSettings settings) {
    const auto last = corpus.last_change();
    if (!last) {
        session.complain(last.error().message);
        return kExitAllFailed;
    }
    const bool is_all = !settings.id.empty() && settings.limit == 0;
    std::uint64_t left = is_all ? *last : settings.limit == 0 ? kUsual : settings.limit;
    const bool has_begin = settings.after || !settings.id.empty();
    std::uint64_t after = has_begin ? settings.after.value_or(0) : *last - std::min(*last, left);
    while (left > 0 && !session.must_end()) {
        const auto entries = corpus.log(after, kEntriesPerPage);
        if (!entries) {
            session.complain(entries.error().message);
            return kExitAllFailed;
        }
        if (entries->empty()) {
            return kExitDone;
        }
        for (const LogEntry& entry : *entries) {
            after = entry.sequence;
            if (left > 0 && (settings.id.empty() || entry.id == settings.id)) {
                --left;
                session.print(session.options().is_json ? to_json(entry) : log_text(entry));
            }
        }
    }
    return kExitDone;
}

}  // namespace

int run_log(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("log",
                     "Show what changed, when, by whom and why: the last 100 changes, or those\n"
                     "behind --after, the oldest first.",
                     "");
    LogSettings settings;
    line.add_value("--after", settings.after, parse_sequence, "the number of a change",
                   "Changes behind this one");
    line.add_value("--limit", settings.limit, parse_count, "a number from 1 on",
                   "Most changes (default 100; with --id all)");
    line.add_text("--id", settings.id, "Changes of this item, or of this bank's settings");
    if (const auto code = line.parse_options_alone(std::move(arguments))) {
        return *code;
    }
    Session session("log", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    return session.finish(print_log(session, *corpus, settings));
}

}  // namespace refrain::cli

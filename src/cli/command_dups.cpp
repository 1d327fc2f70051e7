#include <string>
#include <utility>

#include "refrain/duplicates.h"
#include "refrain/json.h"

#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

std::string group_text(const DuplicateGroup& group) {
    std::string text =
        formatted("%zu items, scores from %.1f:", group.ids.size(), group.least_score);
    for (const std::string& id : group.ids) {
        text += " " + printable(id);
    }
    return text;
}

}  // namespace

int run_dups(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("dups",
                     "Find near duplicates inside the corpus: groups of items that show the same.\n"
                     "With --json the pairs, and after them the groups.",
                     "");
    DuplicateOptions options;
    line.add_words("--bank", options.banks, "Items of this bank; may be repeated (default: all)");
    line.add_value("--min-score", options.min_score, parse_number, "a number",
                   "Least score of a pair (default 6)");
    if (const auto code = line.parse_options_alone(std::move(arguments))) {
        return *code;
    }
    Session session("dups", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, line.common().thread_count());
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    if (const auto code = session.check_banks(*corpus, options.banks)) {
        return session.finish(*code);
    }
    const auto found = find_duplicates(*corpus, options, session.stop(),
                                       session.progress().counter("looking items up"));
    if (!found) {
        if (found.error().code != ErrorCode::kCancelled) {
            session.complain(found.error().message);
        }
        return session.finish(kExitAllFailed);
    }
    if (session.options().is_json) {
        for (const DuplicatePair& pair : found->pairs) {
            session.print(to_json(pair));
        }
    }
    for (const DuplicateGroup& group : found->groups) {
        session.print(session.options().is_json ? to_json(group) : group_text(group));
    }
    session.complain_of_damage(found->damaged);
    if (found->bounded > 0) {
        session.note(formatted("look-ups that a bound cut short: %llu; there may be more pairs",
                               static_cast<unsigned long long>(found->bounded)));
    }
    return session.finish(found->damaged > 0 ? kExitSomeFailed : kExitDone);
}

}  // namespace refrain::cli

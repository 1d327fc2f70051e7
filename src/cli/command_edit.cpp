#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "cli/catalogue_options.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "service/utc_time.h"

namespace refrain::cli {

namespace {

/// Items changed in one commit.
constexpr std::size_t kBatch = 1000;

std::string edit_text(const EditReport& report) {
    return formatted("%-12s ", std::string(edit_status_name(report.outcome.status)).c_str()) +
           printable(report.id);
}

/// Makes the same change of each item, `kBatch` in a commit.
int edit_all(Session& session,
             std::span<const std::string> ids,
             const ItemEdit& edit,
             const Author& author) {
    auto corpus = session.open_corpus(CorpusMode::kReadWrite, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    Tally tally;
    while (!ids.empty() && !session.must_end()) {
        std::vector<ItemEdit> batch;
        for (const std::string& id : ids.first(std::min(kBatch, ids.size()))) {
            batch.push_back(edit);
            batch.back().id = id;
        }
        ids = ids.subspan(batch.size());
        const auto outcomes = corpus->edit(batch, author);
        if (!outcomes) {
            session.complain(std::string(error_code_name(outcomes.error().code)) + ": " +
                             outcomes.error().message);
            tally.failed += batch.size();
            break;
        }
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const EditReport report{batch[i].id, (*outcomes)[i]};
            const bool is_done = report.outcome.status == EditStatus::kChanged ||
                                 report.outcome.status == EditStatus::kUnchanged;
            ++(is_done ? tally.done : tally.failed);
            if (report.outcome.made_bank) {
                session.note("made the bank " + *edit.bank);
            }
            session.print(session.options().is_json ? to_json(report) : edit_text(report));
        }
    }
    return session.finish(tally.exit_code());
}

}  // namespace

int run_label(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("label", "Give labels to items, or take them away with KEY= and no value.",
                     "ID... KEY=VALUE...");
    Author author;
    add_author_options(line, author);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    std::vector<std::string> ids;
    ItemEdit edit;
    for (const std::string& word : line.operands()) {
        const std::size_t mark = word.find('=');
        if (mark == std::string::npos) {
            ids.push_back(word);
        } else if (mark == 0) {
            return line.wrong_usage("a label without a name: " + word);
        } else {
            std::optional<std::string>& value = edit.labels[word.substr(0, mark)];
            value.reset();
            if (mark + 1 < word.size()) {
                value = word.substr(mark + 1);
            }
        }
    }
    if (ids.empty() || edit.labels.empty()) {
        return line.wrong_usage(ids.empty() ? "no id given" : "no label given");
    }
    Session session("label", line.common(), stop);
    return edit_all(session, ids, edit, author);
}

int run_move(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("move", "Move items to another bank, which is made if it is not there.",
                     "ID...");
    Author author;
    std::string bank;
    add_author_options(line, author);
    line.add_text("--bank", bank, "Where they move");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (line.operands().empty() || bank.empty()) {
        return line.wrong_usage(bank.empty() ? "--bank is missing" : "no id given");
    }
    ItemEdit edit;
    edit.bank = bank;
    Session session("move", line.common(), stop);
    return edit_all(session, line.operands(), edit, author);
}

int run_disable(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("disable",
                     "Keep items from being found, for a time or until they are enabled.", "ID...");
    Author author;
    ItemEdit edit;
    edit.is_searched = Switch::kDisable;
    add_author_options(line, author);
    line.add_value("--until", edit.until_us, service::parse_utc_time,
                   "a time such as 2026-01-31T12:00:00Z",
                   "When they are found again (default: never)");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (line.operands().empty()) {
        return line.wrong_usage("no id given");
    }
    Session session("disable", line.common(), stop);
    return edit_all(session, line.operands(), edit, author);
}

int run_enable(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("enable", "Let items be found again, and acted upon.", "ID...");
    Author author;
    ItemEdit edit;
    edit.is_searched = Switch::kEnable;
    add_author_options(line, author);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (line.operands().empty()) {
        return line.wrong_usage("no id given");
    }
    Session session("enable", line.common(), stop);
    return edit_all(session, line.operands(), edit, author);
}

}  // namespace refrain::cli

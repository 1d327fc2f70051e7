#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
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

namespace refrain::cli {

namespace {

/// Ids dropped in one commit.
constexpr std::size_t kBatch = 1000;

struct RemoveSettings {
    std::vector<std::string> ids;
    std::vector<std::string> lists;
    ItemFilter filter;
    Author author;
    bool is_agreed = false;

    [[nodiscard]] bool has_filter() const {
        return !filter.banks.empty() || !filter.labels.empty();
    }
};

bool remove_batch(Session& session,
                  Corpus& corpus,
                  std::span<const std::string> ids,
                  const Author& author,
                  Tally& tally) {
    const auto known = corpus.remove(ids, author);
    if (!known) {
        session.complain(std::string(error_code_name(known.error().code)) + ": " +
                         known.error().message);
        tally.failed += ids.size();
        return false;
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const RemoveReport report{ids[i], (*known)[i]};
        ++(report.was_known ? tally.done : tally.failed);
        const bool is_printed =
            session.print(session.options().is_json
                              ? to_json(report)
                              : formatted("%-12s ", report.was_known ? "removed" : "unknown id") +
                                    printable(report.id));
        if (!is_printed) {
            return false;
        }
    }
    return true;
}

void remove_ids(Session& session, Corpus& corpus, const RemoveSettings& settings, Tally& tally) {
    std::span<const std::string> left(settings.ids);
    while (!left.empty() && !session.must_end()) {
        const auto batch = left.first(std::min(kBatch, left.size()));
        left = left.subspan(batch.size());
        if (!remove_batch(session, corpus, batch, settings.author, tally)) {
            return;
        }
    }
}

void remove_filtered(Session& session,
                     Corpus& corpus,
                     const RemoveSettings& settings,
                     Tally& tally) {
    std::string after;
    do {
        const auto page = corpus.list(settings.filter, ItemOrder::kId, after, kBatch);
        if (!page) {
            session.complain(page.error().message);
            ++tally.failed;
            return;
        }
        std::vector<std::string> ids;
        for (const ItemSummary& item : page->items) {
            ids.push_back(item.id);
        }
        if (!ids.empty() && !remove_batch(session, corpus, ids, settings.author, tally)) {
            return;
        }
        after = page->next;
    } while (!after.empty() && !session.must_end());
}

/// Adds the ids of a file, one a line. @return what is wrong with it
std::optional<std::string> read_ids(const std::string& path, std::vector<std::string>& ids) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
    }
    std::istream& lines = path == "-" ? std::cin : file;
    if (!lines) {
        return "--list: cannot read " + path;
    }
    std::string line;
    while (std::getline(lines, line)) {
        line.erase(line.find_last_not_of('\r') + 1);
        if (!line.empty()) {
            ids.push_back(line);
        }
    }
    return lines.bad() ? std::optional("--list: cannot read " + path) : std::nullopt;
}

/// Whether the user wants to remove what was not named one by one.
bool is_agreed(const RemoveSettings& settings) {
    if (settings.is_agreed || (!settings.has_filter() && settings.lists.empty())) {
        return true;
    }
    write_to_stderr("refrain remove: remove " +
                    (settings.has_filter() ? std::string("all items of the bank or label")
                                           : std::to_string(settings.ids.size()) + " items") +
                    "? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

}  // namespace

int run_remove(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("remove",
                     "Drop items from the corpus by id, or all of a bank, a label or a list.\n"
                     "Where the items are not named one by one it asks on a terminal; elsewhere\n"
                     "--yes must be given.",
                     "[ID...]");
    RemoveSettings settings;
    line.add_words("--bank", settings.filter.banks, "Items of this bank; may be repeated");
    line.add_labels(settings.filter.labels, "KEY=VALUE that items have; may be repeated");
    line.add_words("--list", settings.lists, "Read ids from this file, one a line");
    line.add_flag("--yes", settings.is_agreed, "Do not ask");
    add_author_options(line, settings.author);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    settings.ids = line.operands();
    if (settings.has_filter() && (!settings.ids.empty() || !settings.lists.empty())) {
        return line.wrong_usage("ids, or --bank and --label, but not both");
    }
    for (const std::string& list : settings.lists) {
        if (const auto problem = read_ids(list, settings.ids)) {
            return line.wrong_usage(*problem);
        }
    }
    if (settings.ids.empty() && !settings.has_filter() && settings.lists.empty()) {
        return line.wrong_usage("no id given");
    }
    const bool must_ask = settings.has_filter() || !settings.lists.empty();
    if (must_ask && !settings.is_agreed && ::isatty(STDIN_FILENO) != 1) {
        return line.wrong_usage("--yes is needed where there is no terminal to ask on");
    }
    Session session("remove", line.common(), stop);
    auto corpus = session.open_corpus(CorpusMode::kReadWrite, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    if (const auto code = session.check_banks(*corpus, settings.filter.banks)) {
        return session.finish(*code);
    }
    if (!is_agreed(settings)) {
        session.note("nothing was removed");
        return session.finish(kExitDone);
    }
    Tally tally;
    if (settings.has_filter()) {
        remove_filtered(session, *corpus, settings, tally);
    } else {
        remove_ids(session, *corpus, settings, tally);
    }
    return session.finish(tally.exit_code());
}

}  // namespace refrain::cli

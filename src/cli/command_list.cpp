#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

constexpr std::size_t kItemsPerPage = 1000;

ExitCode list_items(Session& session, const Corpus& corpus, const std::vector<std::string>& banks) {
    std::uint64_t damaged_items = 0;
    std::string after;
    do {
        const auto page = corpus.list(after, kItemsPerPage);
        if (!page) {
            session.complain(page.error().message);
            return kExitAllFailed;
        }
        damaged_items += page->damaged.size();
        for (const ItemSummary& item : page->items) {
            const bool is_wanted =
                banks.empty() || std::find(banks.begin(), banks.end(), item.bank) != banks.end();
            if (is_wanted) {
                session.print(session.options().is_json ? to_json(item) : item_text(item));
            }
            if (session.must_end()) {
                return kExitDone;
            }
        }
        after = page->next;
    } while (!after.empty());
    session.complain_of_damage(damaged_items);
    return kExitDone;
}

}  // namespace

int run_list(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("list", "List the items of the corpus by id.", "");
    std::vector<std::string> banks;
    line.add_words("--bank", banks, "List this bank; may be repeated (default: all)");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (!line.operands().empty()) {
        return line.wrong_usage("unexpected argument " + line.operands().front());
    }
    Session session("list", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    if (const auto code = session.check_banks(*corpus, banks)) {
        return session.finish(*code);
    }
    return session.finish(list_items(session, *corpus, banks));
}

}  // namespace refrain::cli

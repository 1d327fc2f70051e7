#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/text.h"

namespace refrain::cli {

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
    const auto listed = corpus->list([&](const ItemSummary& item) {
        const bool is_wanted =
            banks.empty() || std::find(banks.begin(), banks.end(), item.bank) != banks.end();
        if (is_wanted) {
            session.print(session.options().is_json ? to_json(item) : item_text(item));
        }
        return !session.must_end();
    });
    if (!listed) {
        session.complain(listed.error().message);
        return session.finish(kExitAllFailed);
    }
    return session.finish(kExitDone);
}

}  // namespace refrain::cli

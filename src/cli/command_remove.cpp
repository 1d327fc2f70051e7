#include <algorithm>
#include <span>
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

/// Ids dropped in one commit.
constexpr std::size_t kBatch = 1000;

bool remove_batch(Session& session,
                  Corpus& corpus,
                  std::span<const std::string> ids,
                  Tally& tally) {
    const auto known = corpus.remove(ids);
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

}  // namespace

int run_remove(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("remove", "Drop items from the corpus by id.", "ID...");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (line.operands().empty()) {
        return line.wrong_usage("no id given");
    }
    Session session("remove", line.common(), stop);
    auto corpus = session.open_corpus(CorpusMode::kReadWrite, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    Tally tally;
    std::span<const std::string> left(line.operands());
    while (!left.empty() && !session.must_end()) {
        const auto batch = left.first(std::min(kBatch, left.size()));
        left = left.subspan(batch.size());
        if (!remove_batch(session, *corpus, batch, tally)) {
            break;
        }
    }
    return session.finish(tally.exit_code());
}

}  // namespace refrain::cli

#include <string>
#include <utility>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/look_up_options.h"
#include "cli/text.h"

namespace refrain::cli {

int run_stats(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("stats", "Show counts, sizes and the index generation of the corpus.", "");
    std::string index = "live";
    add_index_option(line, index);
    if (const auto code = line.parse_options_alone(std::move(arguments))) {
        return *code;
    }
    Session session("stats", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1, index);
    if (!corpus || !session.prepare(*corpus, IndexScope::kAll)) {
        return session.finish(kExitAllFailed);
    }
    const auto stats = corpus->stats();
    if (!stats) {
        session.complain(stats.error().message);
        return session.finish(kExitAllFailed);
    }
    session.print(session.options().is_json ? to_json(*stats) : stats_text(*stats));
    session.complain_of_damage(stats->damaged_items);
    return session.finish(kExitDone);
}

}  // namespace refrain::cli

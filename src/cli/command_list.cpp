#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "cli/catalogue_options.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

constexpr std::size_t kItemsPerPage = 1000;

struct ListSettings {
    ItemFilter filter;
    bool is_disabled = false;
    ItemOrder order = ItemOrder::kId;
    std::string after;
    std::size_t limit = 0;  ///< 0: all
};

std::optional<ItemOrder> parse_order(const std::string& word) {
    return word == "id"       ? std::optional(ItemOrder::kId)
           : word == "added"  ? std::optional(ItemOrder::kAdded)
           : word == "newest" ? std::optional(ItemOrder::kNewest)
           : word == "name"   ? std::optional(ItemOrder::kName)
                              : std::nullopt;
}

ExitCode list_items(Session& session, const Corpus& corpus, const ListSettings& settings) {
    std::uint64_t damaged_items = 0;
    std::string after = settings.after;
    std::size_t left = settings.limit;
    do {
        const std::size_t wanted =
            settings.limit == 0 ? kItemsPerPage : std::min(kItemsPerPage, left);
        const auto page = corpus.list(settings.filter, settings.order, after, wanted);
        if (!page) {
            session.complain(page.error().message);
            return page.error().code == ErrorCode::kInvalidArgument ? kExitUsage : kExitAllFailed;
        }
        damaged_items += page->damaged.size();
        for (const ItemSummary& item : page->items) {
            session.print(session.options().is_json ? to_json(item) : item_text(item));
            if (session.must_end()) {
                return kExitDone;
            }
        }
        left -= std::min(left, page->items.size() + page->damaged.size());
        after = page->next;
    } while (!after.empty() && (settings.limit == 0 || left > 0));
    if (!after.empty()) {
        session.note("there are more: --after " + after);
    }
    session.complain_of_damage(damaged_items);
    return kExitDone;
}

std::string details_text(const ItemDetails& details) {
    std::string text = item_text(details.item);
    const auto row = [&](const char* name, const std::string& value) {
        text += formatted("\n%-14s ", name) + printable(value);
    };
    row("known by", std::string(knowledge_name(details.item.knowledge())));
    row("added", time_text(details.item.added_at_us));
    row("from", details.item.source);
    row("revision", std::to_string(details.item.state.revision));
    if (!details.item.state.reason.empty()) {
        row("reason", details.item.state.reason);
    }
    for (const SourceClaim& claim : details.claims) {
        row(claim.is_withdrawn ? "withdrawn by" : "said by",
            claim.source + " " + claim.entry + "  " +
                (claim.stated_at_us ? time_text(*claim.stated_at_us) : std::string()) + "  " +
                claim.opinions);
    }
    return text;
}

}  // namespace

int run_list(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("list", "List the items of the corpus.", "");
    ListSettings settings;
    add_filter_options(line, settings.filter, settings.is_disabled);
    line.add_value("--sort", settings.order, parse_order, "id, added, newest or name",
                   "id (default), added (the oldest first), newest or name");
    line.add_value("--limit", settings.limit, parse_count, "a number from 1 on",
                   "Most items (default: all)");
    line.add_text("--after", settings.after, "Go on behind where a list with --limit ended");
    if (const auto code = line.parse_options_alone(std::move(arguments))) {
        return *code;
    }
    if (settings.is_disabled) {
        settings.filter.is_disabled = true;
    }
    Session session("list", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    if (const auto code = session.check_banks(*corpus, settings.filter.banks)) {
        return session.finish(*code);
    }
    return session.finish(list_items(session, *corpus, settings));
}

int run_show(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("show", "Show all that is kept of items beside their fingerprints.", "ID...");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (line.operands().empty()) {
        return line.wrong_usage("no id given");
    }
    Session session("show", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    Tally tally;
    for (const std::string& id : line.operands()) {
        const auto details = corpus->details(id);
        const bool is_there = details && details->has_value();
        ++(is_there ? tally.done : tally.failed);
        if (is_there) {
            session.print(session.options().is_json ? to_json(**details) : details_text(**details));
        } else {
            session.complain(details ? "no item has the id " + id : details.error().message);
        }
        if (session.must_end()) {
            break;
        }
    }
    return session.finish(tally.exit_code());
}

}  // namespace refrain::cli

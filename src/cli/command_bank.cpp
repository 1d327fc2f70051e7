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

std::string bank_text(const BankSettings& bank) {
    return formatted("%-8s %-6s %-10s ", std::string(bank_mode_name(bank.mode)).c_str(),
                     std::string(bank_kind_name(bank.kind)).c_str(),
                     bank.min_score ? formatted("%.2f", *bank.min_score).c_str() : "default") +
           printable(bank.name) + (bank.note.empty() ? "" : "  " + printable(bank.note));
}

/// Prints the settings of one bank, or of all. @param name  empty: all
ExitCode print_banks(Session& session, const Corpus& corpus, const std::string& name) {
    const auto banks = corpus.bank_settings();
    if (!banks) {
        session.complain(banks.error().message);
        return kExitAllFailed;
    }
    for (const BankSettings& bank : *banks) {
        if (name.empty() || bank.name == name) {
            session.print(session.options().is_json ? to_json(bank) : bank_text(bank));
        }
    }
    return kExitDone;
}

int set_bank(Session& session,
             const std::string& name,
             const BankEdit& edit,
             const Author& author) {
    auto corpus = session.open_corpus(CorpusMode::kCreate, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    const auto changed = corpus->set_bank(name, edit, author);
    if (!changed) {
        session.complain(std::string(error_code_name(changed.error().code)) + ": " +
                         changed.error().message);
        const bool is_usage = changed.error().code == ErrorCode::kInvalidArgument;
        return session.finish(is_usage ? kExitUsage : kExitAllFailed);
    }
    return session.finish(print_banks(session, *corpus, name));
}

}  // namespace

int run_bank(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("bank",
                     "list: the settings of all banks. set NAME: change them; the bank is made if\n"
                     "it is not there.",
                     "list | set NAME");
    BankEdit edit;
    Author author;
    std::string note;
    line.add_value(
        "--mode", edit.mode, bank_mode_named, "enforce, shadow or off",
        "enforce; shadow: matches are shown and not to be acted upon; off: not searched");
    line.add_value(
        "--min-score", edit,
        [&edit](const std::string& word) -> std::optional<BankEdit> {
            BankEdit next = edit;
            next.drops_min_score = word == "default";
            next.min_score = parse_number(word);
            const bool is_score = next.min_score && *next.min_score >= 0;
            return next.drops_min_score || is_score ? std::optional(next) : std::nullopt;
        },
        "a number from 0 on, or default", "Least score of a match, or default");
    line.add_value("--kind", edit.kind, bank_kind_named, "deny or allow",
                   "deny; allow: what it covers of other matches is not to be acted upon");
    line.add_value(
        "--note", edit.note, [](const std::string& word) { return std::optional(word); }, "text",
        "A note for people");
    add_author_options(line, author);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    const std::vector<std::string>& words = line.operands();
    if (words.size() == 1 && words[0] == "list") {
        Session session("bank", line.common(), stop);
        const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
        return session.finish(corpus ? print_banks(session, *corpus, {}) : kExitAllFailed);
    }
    if (words.size() != 2 || words[0] != "set" || words[1].empty()) {
        return line.wrong_usage("expected list, or set and the name of a bank");
    }
    Session session("bank", line.common(), stop);
    return set_bank(session, words[1], edit, author);
}

}  // namespace refrain::cli

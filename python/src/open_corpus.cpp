#include "open_corpus.h"

#include <span>

#include <pybind11/stl.h>

#include "refrain/duplicates.h"

#include "options.h"

namespace py = pybind11;

namespace refrain::python {

namespace {

template <typename Answer>
std::vector<std::string> lines_of(const std::vector<Answer>& answers) {
    std::vector<std::string> lines;
    lines.reserve(answers.size());
    for (const Answer& answer : answers) {
        lines.push_back(to_json(answer));
    }
    return lines;
}

ItemEdit labels_edit(const std::string& id, const Labels& labels) {
    ItemEdit edit;
    edit.id = id;
    for (const auto& [name, value] : labels) {
        edit.labels[name] = value;
    }
    return edit;
}

}  // namespace

OpenCorpus::OpenCorpus(const std::string& folder,
                       const std::string& mode,
                       int threads,
                       double busy_wait)
    : born_(forks()) {
    const RunningCall call(born_);
    CorpusOptions options;
    options.threads = threads;
    options.busy_wait = MediaTime::from_us(static_cast<std::int64_t>(busy_wait * 1e6));
    options.log = lines_.get();
    const CorpusMode how = mode == "create"  ? CorpusMode::kCreate
                           : mode == "write" ? CorpusMode::kReadWrite
                                             : CorpusMode::kReadOnly;
    corpus_ = std::make_shared<Corpus>(unwrap(
        run({}, [&](const std::stop_token&) { return Corpus::open(folder, how, options); })));
}

OpenCorpus::~OpenCorpus() { leave(); }

void OpenCorpus::close() {
    is_closed_ = true;
    if (born_ == forks()) {
        // Waits for a snapshot that is being written.
        std::shared_ptr<Corpus> last = std::move(corpus_);
        const py::gil_scoped_release free;
        last.reset();
    }
    leave();
}

void OpenCorpus::leave() {
    if (corpus_ && born_ != forks()) {
        // A copy of the parent's: its threads are not here, and its files are not ours.
        static_cast<void>(new std::shared_ptr<Corpus>(std::move(corpus_)));
    }
    corpus_.reset();
}

std::optional<std::string> OpenCorpus::add_known_bytes(const Medium& medium,
                                                       AddReport report,
                                                       const NewItem& item,
                                                       const Author& author,
                                                       const Limits& limits,
                                                       const std::stop_source& stop) {
    FingerprintOptions options;
    options.limits = limits;
    const Fingerprinter fingerprinter(options);
    const auto held = unwrap(call(
        stop,
        [&](Corpus& corpus, const std::stop_token& token) -> Result<std::optional<KnownBytes>> {
            RunControl control;
            control.stop = token;
            const auto digest = medium.descriptor >= 0
                                    ? fingerprinter.digest_descriptor(medium.descriptor, control)
                                    : fingerprinter.digest_file(medium.path, control);
            return digest ? corpus.find_bytes(item.bank, digest->sha256)
                          : Result<std::optional<KnownBytes>>(digest.error());
        }));
    if (!held) {
        return std::nullopt;
    }
    report.take(*held);
    if (!item.labels.empty()) {
        const ItemEdit edit = labels_edit(report.outcome->id, item.labels);
        const auto edited = unwrap(call([&](Corpus& corpus, const std::stop_token&) {
            return corpus.edit(std::span(&edit, 1), author);
        }));
        report.outcome->has_new_labels = edited.front().status == EditStatus::kChanged;
        for (const auto& [name, value] : item.labels) {
            report.known->labels[name] = value;
        }
    }
    return to_json(report);
}

std::vector<std::string> OpenCorpus::add(std::vector<Addition> additions, const Author& author) {
    std::vector<NewItem> items;
    for (Addition& addition : additions) {
        addition.item.fingerprint = addition.made->fingerprint();
        items.push_back(std::move(addition.item));
    }
    auto outcomes = unwrap(call([&](Corpus& corpus, const std::stop_token&) {
        return corpus.add(items, {author, LabelRule::kUpdate});
    }));
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < items.size(); ++i) {
        AddReport report;
        report.input = additions[i].input;
        report.name = items[i].name;
        report.bank = items[i].bank;
        report.take(items[i].fingerprint);
        report.outcome = std::move(outcomes[i]);
        lines.push_back(to_json(report));
    }
    return lines;
}

void OpenCorpus::finish_adding() {
    unwrap(call(
        [](Corpus& corpus, const std::stop_token& token) { return corpus.finish_adding(token); }));
}

py::tuple OpenCorpus::find(const Made& made,
                           const std::string& input,
                           const py::dict& how,
                           const std::stop_source& stop) {
    const FindOptions options = find_options_of(how);
    FindAnswer answer =
        unwrap(call(stop, [&](Corpus& corpus, const std::stop_token& token) -> Result<FindAnswer> {
            const Result<void> ready = corpus.prepare(token);
            return ready ? corpus.find(made.fingerprint(), options, token)
                         : Result<FindAnswer>(ready.error());
        }));
    return tuple_of(tell(input, made.run, std::move(answer), explain_wish_of(how), stop));
}

py::tuple OpenCorpus::list(const py::dict& filter,
                           const std::string& order,
                           const std::string& after,
                           std::size_t limit) {
    const ItemFilter wanted = filter_of(filter);
    const ItemPage page =
        unwrap(call([&](Corpus& corpus, const std::stop_token&) -> Result<ItemPage> {
            const Result<void> known = corpus.check_banks(wanted.banks);
            return known ? corpus.list(wanted, order_of(order), after, limit)
                         : Result<ItemPage>(known.error());
        }));
    std::vector<std::pair<std::string, std::string>> damaged;
    for (const Damage& damage : page.damaged) {
        damaged.emplace_back(damage.id, damage.problem);
    }
    return py::make_tuple(lines_of(page.items), page.next, damaged);
}

std::optional<std::string> OpenCorpus::show(const std::string& id) {
    const auto details =
        unwrap(call([&](Corpus& corpus, const std::stop_token&) { return corpus.details(id); }));
    return details ? std::optional(to_json(*details)) : std::nullopt;
}

std::vector<bool> OpenCorpus::remove(const std::vector<std::string>& ids, const Author& author) {
    return unwrap(
        call([&](Corpus& corpus, const std::stop_token&) { return corpus.remove(ids, author); }));
}

std::vector<std::string> OpenCorpus::edit(const std::vector<std::string>& ids,
                                          const ItemEdit& edit,
                                          const Author& author) {
    std::vector<ItemEdit> edits(ids.size(), edit);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        edits[i].id = ids[i];
    }
    const auto outcomes = unwrap(
        call([&](Corpus& corpus, const std::stop_token&) { return corpus.edit(edits, author); }));
    std::vector<EditReport> reports;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        reports.push_back({ids[i], outcomes[i]});
    }
    return lines_of(reports);
}

std::vector<std::string> OpenCorpus::banks() {
    return unwrap(call([](Corpus& corpus, const std::stop_token&) { return corpus.banks(); }));
}

std::vector<std::string> OpenCorpus::bank_settings() {
    return lines_of(unwrap(
        call([](Corpus& corpus, const std::stop_token&) { return corpus.bank_settings(); })));
}

bool OpenCorpus::set_bank(const std::string& name, const BankEdit& edit, const Author& author) {
    return unwrap(call([&](Corpus& corpus, const std::stop_token&) {
        return corpus.set_bank(name, edit, author);
    }));
}

std::vector<std::string> OpenCorpus::log(std::uint64_t after, std::size_t limit) {
    return lines_of(unwrap(
        call([&](Corpus& corpus, const std::stop_token&) { return corpus.log(after, limit); })));
}

py::tuple OpenCorpus::duplicates(const std::vector<std::string>& banks, double min_score) {
    DuplicateOptions options;
    options.banks = banks;
    options.min_score = min_score;
    const Duplicates found =
        unwrap(call([&](Corpus& corpus, const std::stop_token& token) -> Result<Duplicates> {
            const Result<void> known = corpus.check_banks(options.banks);
            return known ? find_duplicates(corpus, options, token)
                         : Result<Duplicates>(known.error());
        }));
    return py::make_tuple(lines_of(found.pairs), lines_of(found.groups), found.items, found.bounded,
                          found.damaged);
}

bool OpenCorpus::has_hash_lists() {
    return unwrap(
        call([](Corpus& corpus, const std::stop_token&) { return corpus.has_hash_lists(); }));
}

std::string OpenCorpus::stats() {
    return to_json(
        unwrap(call([](Corpus& corpus, const std::stop_token&) { return corpus.stats(); })));
}

std::string OpenCorpus::verify() {
    return to_json(unwrap(
        call([](Corpus& corpus, const std::stop_token& token) { return corpus.verify(token); })));
}

}  // namespace refrain::python

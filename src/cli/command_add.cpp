#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"
#include "refrain/json.h"

#include "cli/catalogue_options.h"
#include "cli/commands.h"
#include "cli/each_input.h"
#include "cli/sandbox_choice.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

struct AddSettings {
    InputSpec inputs;
    FingerprintOptions fingerprint;
    std::string bank = "default";
    std::string id;
    std::map<std::string, std::string> labels;
    SandboxChoice sandbox;
    Author author;
};

/// One input on its way into the corpus. With neither an item nor an answer in the report it was
/// not worked on, since the corpus could no longer be written.
struct AddWork {
    AddReport report;
    std::optional<NewItem> item;
};

/// A commit waits for the disk: so long is one put off while more is about to be ready.
constexpr std::chrono::milliseconds kCommitPatience{200};

/// Bytes, about, that a fingerprint takes in memory.
std::size_t weight_of(const Fingerprint& made) {
    std::size_t bytes = sizeof(Fingerprint) + made.frames.size() * sizeof(FrameHash);
    for (const LocalFrame& frame : made.local) {
        bytes += sizeof(LocalFrame) + frame.points.size() * sizeof(LocalPoint);
    }
    for (const Fingerprint& part : made.more_parts) {
        bytes += weight_of(part);
    }
    return bytes;
}

/// The same of an outcome.
std::size_t weight_of_work(const AddWork& work) {
    constexpr std::size_t kReport = 1024;
    return kReport + (work.item ? weight_of(work.item->fingerprint) : 0);
}

/// Whether a failed commit says something about one item, so that the others may still go in.
bool concerns_one_item(ErrorCode code) {
    return code == ErrorCode::kIdTaken || code == ErrorCode::kInvalidArgument;
}

class Adder {
  public:
    Adder(Session& session, Corpus& corpus, AddSettings settings)
        : session_(session),
          corpus_(corpus),
          settings_(std::move(settings)),
          plan_(plan_threads(settings_.inputs, session.options())) {}

    [[nodiscard]] int run(InputSource& source);

  private:
    /// Of the input, which has its own share of the threads.
    [[nodiscard]] Fingerprinter fingerprinter_for(const Input& input) const {
        FingerprintOptions options = settings_.fingerprint;
        options.decoder_threads = plan_.threads_for(input);
        return Fingerprinter(options, session_.log());
    }

    [[nodiscard]] AddWork work_on(Input input, const std::stop_token& stop) const;
    [[nodiscard]] bool report_if_known(const Fingerprinter& fingerprinter,
                                       AddReport& report,
                                       const std::stop_token& stop) const;
    void relabel(AddReport& report) const;
    [[nodiscard]] bool finish_batch(std::vector<AddWork>& batch);
    void commit(std::vector<AddWork>& batch);
    void commit_one_by_one(std::span<AddWork*> works, std::span<const NewItem> items);
    void fail(AddReport& report, const Error& error);

    Session& session_;
    Corpus& corpus_;
    AddSettings settings_;
    ThreadPlan plan_;
    /// Set once nothing more can be committed: workers then stop decoding for nothing.
    std::atomic<bool> is_blocked_ = false;
    std::optional<Error> blocking_error_;
    Tally tally_;
    std::uint64_t known_before_ = 0;
};

int Adder::run(InputSource& source) {
    each_input<AddWork>(
        session_, source, plan_,
        {.work = [this](Input input,
                        const std::stop_token& stop) { return work_on(std::move(input), stop); },
         .consume = [this](std::vector<AddWork>& batch) { return finish_batch(batch); },
         .patience = kCommitPatience,
         .weigh = weight_of_work});
    if (!session_.must_end()) {
        session_.finish_adding(corpus_);
    }
    session_.note(formatted("done %llu (known before: %llu), failed %llu",
                            static_cast<unsigned long long>(tally_.done),
                            static_cast<unsigned long long>(known_before_),
                            static_cast<unsigned long long>(tally_.failed)));
    return session_.finish(tally_.exit_code());
}

AddWork Adder::work_on(Input input, const std::stop_token& stop) const {
    AddWork work;
    AddReport& report = work.report;
    const Fingerprinter fingerprinter = fingerprinter_for(input);
    report.input = std::move(input.path);
    report.name = file_name(report.input);
    report.bank = settings_.bank;
    if (input.error) {
        report.error = std::move(input.error);
        return work;
    }
    if (is_blocked_ || report_if_known(fingerprinter, report, stop)) {
        return work;
    }
    auto run =
        fingerprinter.fingerprint_file(report.input, control_for(session_, report.input, stop));
    if (!run) {
        report.error = run.error();
        return work;
    }
    report.take(run->fingerprint);
    NewItem item;
    item.fingerprint = std::move(run->fingerprint);
    item.name = report.name;
    item.bank = settings_.bank;
    item.id = settings_.id;
    item.labels = settings_.labels;
    item.source = absolute_path(report.input);
    work.item = std::move(item);
    return work;
}

/// Reads the bytes once and spares the decoding when they are known: a rerun is quick.
bool Adder::report_if_known(const Fingerprinter& fingerprinter,
                            AddReport& report,
                            const std::stop_token& stop) const {
    const auto digest =
        fingerprinter.digest_file(report.input, control_for(session_, report.input, stop));
    if (!digest) {
        report.error = digest.error();
        return true;
    }
    const auto known = corpus_.find_bytes(settings_.bank, digest->sha256);
    if (!known) {
        report.error = known.error();
        return true;
    }
    if (!*known) {
        return false;
    }
    report.take(**known);
    if (settings_.labels.empty()) {
        return true;
    }
    relabel(report);
    return true;
}

/// Gives the labels to an item that holds these bytes already.
void Adder::relabel(AddReport& report) const {
    ItemEdit edit;
    edit.id = report.outcome->id;
    for (const auto& [name, value] : settings_.labels) {
        edit.labels[name] = value;
        report.known->labels[name] = value;
    }
    const auto edited = corpus_.edit(std::span(&edit, 1), settings_.author);
    if (!edited) {
        report.error = edited.error();
        return;
    }
    report.outcome->has_new_labels = edited->front().status == EditStatus::kChanged;
}

bool Adder::finish_batch(std::vector<AddWork>& batch) {
    if (session_.must_end()) {
        return false;
    }
    commit(batch);
    for (AddWork& work : batch) {
        AddReport& report = work.report;
        if (!report.error && !report.outcome) {
            fail(report, blocking_error_.value_or(Error{ErrorCode::kInternal, "not added"}));
        }
        const bool is_old =
            report.outcome && report.outcome->status == AddStatus::kExists && !report.error;
        known_before_ += is_old ? 1U : 0U;
        if (report.outcome && report.outcome->made_bank) {
            session_.note("made the bank " + report.bank);
        }
        ++(report.error ? tally_.failed : tally_.done);
        if (!session_.print(session_.options().is_json ? to_json(report) : add_text(report))) {
            return false;
        }
        session_.progress().finish_one();
    }
    return !session_.must_end();
}

void Adder::commit(std::vector<AddWork>& batch) {
    std::vector<NewItem> items;
    std::vector<AddWork*> works;
    for (AddWork& work : batch) {
        if (work.item) {
            items.push_back(std::move(*work.item));
            works.push_back(&work);
        }
    }
    if (items.empty()) {
        return;
    }
    if (is_blocked_) {
        for (AddWork* work : works) {
            fail(work->report, *blocking_error_);
        }
        return;
    }
    auto outcomes = corpus_.add(items, {settings_.author, LabelRule::kUpdate});
    if (outcomes) {
        for (std::size_t i = 0; i < works.size(); ++i) {
            works[i]->report.outcome = std::move((*outcomes)[i]);
        }
        return;
    }
    if (concerns_one_item(outcomes.error().code) && items.size() > 1) {
        commit_one_by_one(works, items);
        return;
    }
    if (!concerns_one_item(outcomes.error().code)) {
        blocking_error_ = outcomes.error();
        is_blocked_ = true;
        session_.complain("cannot write to the corpus: " + outcomes.error().message);
    }
    for (AddWork* work : works) {
        fail(work->report, outcomes.error());
    }
}

void Adder::commit_one_by_one(std::span<AddWork*> works, std::span<const NewItem> items) {
    for (std::size_t i = 0; i < works.size(); ++i) {
        auto outcome = corpus_.add(items.subspan(i, 1), {settings_.author, LabelRule::kUpdate});
        if (outcome) {
            works[i]->report.outcome = std::move(outcome->front());
        } else {
            fail(works[i]->report, outcome.error());
        }
    }
}

void Adder::fail(AddReport& report, const Error& error) {
    report.outcome.reset();
    report.error = error;
}

/// How much may be kept of what survives crops and frames.
void add_local_budget(CommandLine& line, FingerprintOptions& options) {
    const auto parse_budget = [](const std::string& word) -> std::optional<std::uint32_t> {
        if (word == "0") {
            return 0;
        }
        const auto bytes = parse_bytes(word);
        return bytes && *bytes <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*bytes))
                                             : std::nullopt;
    };
    const std::string expected = "a number of bytes below 4G, or 0";
    line.add_value("--local-bytes-image", options.local_image_bytes, parse_budget, expected,
                   "Local features kept of an image, or of the first moments of a video (default "
                   "16K; 0: none at all)");
    line.add_value("--local-bytes-hour", options.local_hour_bytes, parse_budget, expected,
                   "Local features kept of an hour of video (default 8M)");
}

}  // namespace

int run_add(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("add",
                     "Fingerprint images and videos and make them known. Folders are walked.\n"
                     "The same bytes in the same bank are kept once, so a command that was\n"
                     "interrupted goes on where it stopped when it is run again.",
                     "INPUT...");
    AddSettings settings;
    line.add_text("--bank", settings.bank, "Bank to add to (default: default)");
    line.add_text("--id", settings.id, "Id of the item; for one input only");
    line.add_labels(settings.labels, "KEY=VALUE to keep with each item; may be repeated");
    line.add_list(settings.inputs.lists);
    add_local_budget(line, settings.fingerprint);
    line.add_limits(settings.fingerprint.limits);
    add_sandbox_options(line, settings.sandbox);
    add_author_options(line, settings.author);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    settings.inputs.operands = line.operands();
    if (settings.inputs.operands.empty() && settings.inputs.lists.empty()) {
        return line.wrong_usage("no input given");
    }
    if (!settings.id.empty() && !is_single_file(settings.inputs)) {
        return line.wrong_usage("--id goes with exactly one input file");
    }
    if (settings.bank.empty()) {
        return line.wrong_usage("--bank: the name is empty");
    }
    Session session("add", line.common(), stop);
    auto source = open_inputs(session, settings.inputs);
    if (!source) {
        return kExitUsage;
    }
    if (!start_sandbox(session, settings.sandbox, settings.fingerprint)) {
        return session.finish(kExitAllFailed);
    }
    auto corpus = session.open_corpus(CorpusMode::kCreate, session.options().thread_count());
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    return Adder(session, *corpus, std::move(settings)).run(*source);
}

}  // namespace refrain::cli

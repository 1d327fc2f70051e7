#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "fingerprints.h"
#include "line_queue.h"
#include "running.h"

namespace refrain::python {

/// A fingerprint that is to be made known, as what.
struct Addition {
    const Made* made = nullptr;  ///< borrowed for the call
    std::string input;           ///< as the caller wrote it
    NewItem item;                ///< without its fingerprint
};

/// A corpus that can be closed while others use it: it goes when the last call has ended. Answers
/// are JSON, as the command line prints them.
///
/// Thread safety: safe to share; each method is called with the interpreter's lock, and lets go of
/// it while the library works.
class OpenCorpus {
  public:
    OpenCorpus(const std::string& folder, const std::string& mode, int threads, double busy_wait);
    OpenCorpus(const OpenCorpus&) = delete;
    OpenCorpus& operator=(const OpenCorpus&) = delete;
    OpenCorpus(OpenCorpus&&) = delete;
    OpenCorpus& operator=(OpenCorpus&&) = delete;
    ~OpenCorpus();

    void close();

    /// What `add` says of bytes that the bank holds already; their item gets the labels. Nothing:
    /// it holds none of them.
    [[nodiscard]] std::optional<std::string> add_known_bytes(const Medium& medium,
                                                             AddReport report,
                                                             const NewItem& item,
                                                             const Author& author,
                                                             const Limits& limits,
                                                             const std::stop_source& stop);
    /// One commit for all of them.
    [[nodiscard]] std::vector<std::string> add(std::vector<Addition> additions,
                                               const Author& author);
    /// After much adding: the next process need not read the records.
    void finish_adding();

    [[nodiscard]] pybind11::tuple find(const Made& made,
                                       const std::string& input,
                                       const pybind11::dict& how,
                                       const std::stop_source& stop);
    /// (JSON of each item, where the next page begins, (id, problem) of each damaged one).
    [[nodiscard]] pybind11::tuple list(const pybind11::dict& filter,
                                       const std::string& order,
                                       const std::string& after,
                                       std::size_t limit);
    [[nodiscard]] std::optional<std::string> show(const std::string& id);
    [[nodiscard]] std::vector<bool> remove(const std::vector<std::string>& ids,
                                           const Author& author);
    [[nodiscard]] std::vector<std::string> edit(const std::vector<std::string>& ids,
                                                const ItemEdit& edit,
                                                const Author& author);
    [[nodiscard]] std::vector<std::string> banks();
    [[nodiscard]] std::vector<std::string> bank_settings();
    [[nodiscard]] bool set_bank(const std::string& name,
                                const BankEdit& edit,
                                const Author& author);
    [[nodiscard]] std::vector<std::string> log(std::uint64_t after, std::size_t limit);
    /// (JSON of pairs, of groups, items looked up, look-ups cut short, damaged items).
    [[nodiscard]] pybind11::tuple duplicates(const std::vector<std::string>& banks,
                                             double min_score);
    [[nodiscard]] std::string stats();
    [[nodiscard]] std::string verify();
    /// (JSON, the first refusals as (reason, line, detail)). @param descriptor  is read to its end
    [[nodiscard]] pybind11::tuple import_list(int descriptor,
                                              const pybind11::dict& how,
                                              const std::stop_source& stop);
    /// (written, left out, damaged). @param descriptor  is written to
    [[nodiscard]] pybind11::tuple export_list(int descriptor,
                                              const std::string& format,
                                              const pybind11::dict& filter,
                                              const std::stop_source& stop);
    /// Whether queries should carry exact codes: something is known by these alone.
    [[nodiscard]] bool has_hash_lists();
    /// The log lines since the last call, with their levels in numbers of Python's `logging`.
    [[nodiscard]] std::vector<std::pair<int, std::string>> take_log() { return lines_->take(); }

  private:
    template <typename Work>
    auto call(const std::stop_source& stop, const Work& work) {
        if (is_closed_) {
            raise("closed", "the corpus is closed");
        }
        const RunningCall running(born_);
        const std::shared_ptr<Corpus> corpus = corpus_;
        return run(stop.get_token(),
                   [&](const std::stop_token& token) { return work(*corpus, token); });
    }
    template <typename Work>
    auto call(const Work& work) {
        return call({}, work);
    }

    void leave();

    int born_;
    bool is_closed_ = false;
    std::shared_ptr<LineQueue> lines_ = std::make_shared<LineQueue>();
    std::shared_ptr<Corpus> corpus_;
};

/// (JSON, refusals) of reading a list without a corpus.
[[nodiscard]] pybind11::tuple inspect_list(int descriptor, const pybind11::dict& how);

void define_corpus(pybind11::module_& module);

}  // namespace refrain::python

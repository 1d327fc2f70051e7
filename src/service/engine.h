#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"
#include "refrain/json.h"
#include "refrain/log.h"

#include "server/spool.h"

namespace refrain::service {

/// An upload and what it is called.
struct Upload {
    std::shared_ptr<server::SpoolFile> file;
    std::string name;
};

/// Called once an item is on disk or cannot be, on the writer's thread; must be short.
using AddDone = std::function<void(AddReport)>;

/// What to add beside the medium.
struct AddRequest {
    std::string bank = "default";
    std::string id;
    std::map<std::string, std::string> labels;
    std::string source;
    Author author;  ///< stands in the log of changes
};

/// The corpus, and what turns uploads into fingerprints. Media are decoded in the sandbox that the
/// fingerprint options name. Items are committed by one thread, as many at once as are waiting.
///
/// Thread safety: safe to share.
class Engine {
  public:
    /// @param log  borrowed, may be null
    Engine(Corpus corpus, FingerprintOptions options, LogSink* log);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    Engine(Engine&&) = delete;
    Engine& operator=(Engine&&) = delete;
    /// Commits what is waiting.
    ~Engine();

    /// Has each upload that is looked up, and could be decoded, handed to `sink`, on the thread of
    /// the look-up. To be called before the first of them.
    using UploadSink = std::function<void(const Upload& upload, const Fingerprint& query)>;
    void keep_uploads(UploadSink sink) { upload_sink_ = std::move(sink); }

    /// Decodes and looks up.
    [[nodiscard]] FindReport find(const Upload& upload,
                                  const FindOptions& options,
                                  const RunControl& control) const;
    /// Looks up what was fingerprinted elsewhere.
    [[nodiscard]] FindReport find(const Fingerprint& query,
                                  const FindOptions& options,
                                  const std::stop_token& stop = {}) const;

    /// Decodes one upload as the question and another as all that is known.
    [[nodiscard]] FindReport compare(const Upload& query,
                                     const Upload& known,
                                     const FindOptions& options,
                                     const std::stop_token& stop) const;

    /// The exact PDQ codes of a medium: of an image one, of a video one a second.
    [[nodiscard]] Result<Fingerprint> exact_codes(const Upload& upload,
                                                  const std::stop_token& stop) const;

    /// Decodes, unless the bank holds these bytes, and commits. `done` may be called before this
    /// returns.
    void add(const Upload& upload,
             const AddRequest& what,
             const RunControl& control,
             const AddDone& done);
    /// Commits a fingerprint that is there already.
    void commit(NewItem item, Author author, AddReport report, AddDone done);

    [[nodiscard]] Corpus& corpus() { return corpus_; }
    [[nodiscard]] const Corpus& corpus() const { return corpus_; }
    [[nodiscard]] const FingerprintOptions& options() const { return options_; }

    /// The item of that id. @error kUnknownId, those of Corpus::item
    [[nodiscard]] Result<ItemSummary> item(const std::string& id) const;

    [[nodiscard]] std::size_t waiting_commits() const;

  private:
    struct Waiting {
        NewItem item;
        Author author;
        AddReport report;
        AddDone done;
    };

    void write(const std::stop_token& stop);
    void commit_batch(std::vector<Waiting>& batch);
    /// Says of a batch in which memory ran out what was not answered before.
    static void fail_the_open(std::span<Waiting> batch);
    /// Commits those that one author added.
    void commit_as(const Author& author, std::span<Waiting*> batch);
    [[nodiscard]] bool report_if_known(const Upload& upload,
                                       const std::string& bank,
                                       const std::stop_token& stop,
                                       AddReport& report) const;

    Corpus corpus_;
    FingerprintOptions options_;
    LogSink* log_;
    UploadSink upload_sink_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Waiting> waiting_;
    std::jthread writer_;  ///< last: joined first
};

}  // namespace refrain::service

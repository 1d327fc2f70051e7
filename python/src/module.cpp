#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "refrain/refrain.h"

#include "line_queue.h"
#include "running.h"

namespace py = pybind11;

namespace refrain::python {

namespace {

constexpr std::size_t kCodeBytes = 32;
using CodeBytes = std::array<std::uint8_t, kCodeBytes>;

/// The bytes of the text form: the highest bit first.
CodeBytes bytes_of(const Hash256& code) {
    CodeBytes bytes{};
    for (std::size_t i = 0; i < kCodeBytes; ++i) {
        const std::size_t low = kCodeBytes - 1 - i;
        bytes[i] = static_cast<std::uint8_t>(code.words[low / 8] >> (8 * (low % 8)));
    }
    return bytes;
}

/// PDQ of an array of H x W or H x W x 3 bytes. What the library can walk over is not copied.
py::tuple pdq_pixels(const py::buffer& array) {
    const RunningCall call(forks());
    const py::buffer_info info = array.request();
    if (info.itemsize != 1 || info.format != py::format_descriptor<std::uint8_t>::format()) {
        raise("invalid_argument", "pixels must be of the type uint8, not " + info.format);
    }
    const bool is_grey = info.ndim == 2;
    if (!is_grey && (info.ndim != 3 || info.shape[2] != 3)) {
        raise("invalid_argument",
              "pixels must have the shape (height, width) or (height, width, 3)");
    }
    constexpr py::ssize_t kMostSide = 1 << 20;
    const py::ssize_t height = info.shape[0];
    const py::ssize_t width = info.shape[1];
    if (height > kMostSide || width > kMostSide) {
        raise("too_large", "a picture has at most " + std::to_string(kMostSide) + " pixels a side");
    }
    const auto* data = static_cast<const std::uint8_t*>(info.ptr);
    Result<PdqCode> code = Error{};
    {
        const py::gil_scoped_release free;
        RgbPixels picture{data, static_cast<int>(width), static_cast<int>(height), info.strides[0]};
        std::vector<std::uint8_t> copy;
        if (is_grey || info.strides[1] != 3 || info.strides[2] != 1) {
            copy.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
            const py::ssize_t step = is_grey ? 0 : info.strides[2];
            for (py::ssize_t r = 0; r < height; ++r) {
                for (py::ssize_t c = 0; c < width; ++c) {
                    const std::uint8_t* at = data + r * info.strides[0] + c * info.strides[1];
                    copy.insert(copy.end(), {at[0], at[step], at[2 * step]});
                }
            }
            picture.data = copy.data();
            picture.stride_bytes = 3 * width;
        }
        code = pdq_of_pixels(picture);
    }
    const PdqCode made = unwrap(std::move(code));
    const CodeBytes bytes = bytes_of(made.hash);
    return py::make_tuple(py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                          static_cast<int>(made.quality));
}

/// The sandbox that all calls share. Never destroyed: the workers end with this process, and a
/// forked copy must not end those of its parent.
const std::shared_ptr<Sandbox>& shared_sandbox() {
    struct Shared {
        std::mutex mutex;
        std::shared_ptr<Sandbox> sandbox;
        int born = 0;
    };
    static auto* const shared = new Shared;
    const std::lock_guard lock(shared->mutex);
    if (!shared->sandbox) {
        shared->sandbox = unwrap(Sandbox::start({}));
        shared->born = forks();
    }
    if (shared->born != forks()) {
        raise("forked",
              "this process was forked from one that had used refrain; start processes with the "
              "method spawn or forkserver");
    }
    return shared->sandbox;
}

struct Made {
    FingerprintRun run;
    [[nodiscard]] const Fingerprint& fingerprint() const { return run.fingerprint; }
};

Effort effort_of(const std::string& effort) {
    if (effort == "fast") {
        return Effort::kFast;
    }
    return effort == "thorough" ? Effort::kThorough : Effort::kNormal;
}

struct How {
    std::string purpose = "both";
    std::string effort = "normal";
    double interval = 1;
    bool is_sandboxed = true;
    int threads = 1;
    Limits limits;
};

FingerprintOptions for_purpose(const FingerprintOptions& options, const How& how) {
    if (how.purpose == "query") {
        return options.for_query(effort_of(how.effort));
    }
    if (how.purpose == "exchange") {
        return options.for_exchange(
            MediaTime::from_us(static_cast<std::int64_t>(how.interval * 1e6)));
    }
    FingerprintOptions made = options.for_known();
    if (how.purpose == "both") {
        made.views = Views::kDihedral;
    }
    return made;
}

/// @param path        the bytes of a path; not looked at where `descriptor` is not negative
Made make_fingerprint(const std::string& path,
                      int descriptor,
                      const How& how,
                      const std::stop_source& stop) {
    const RunningCall call(forks());
    FingerprintOptions options;
    options.limits = how.limits;
    options.decoder_threads = how.threads;
    if (how.is_sandboxed) {
        options.sandbox = shared_sandbox();
    }
    const Fingerprinter fingerprinter(for_purpose(options, how));
    return {unwrap(run(stop.get_token(), [&](const std::stop_token& token) {
        RunControl control;
        control.stop = token;
        return descriptor >= 0 ? fingerprinter.fingerprint_descriptor(descriptor, control)
                               : fingerprinter.fingerprint_file(path, control);
    }))};
}

std::string find_json(const std::string& input, const FingerprintRun& run, FindAnswer answer) {
    FindReport report;
    report.input = input;
    report.take(run);
    report.timing.total = run.decode_time + run.hash_time + answer.search_time;
    report.take(Result<FindAnswer>(std::move(answer)));
    return to_json(report);
}

FindOptions find_options(std::vector<std::string> banks,
                         double min_score,
                         int max_matches,
                         const std::string& effort,
                         bool similar) {
    FindOptions options;
    options.banks = std::move(banks);
    options.min_score = min_score;
    options.max_matches = max_matches;
    options.effort = effort_of(effort);
    options.lists_similar = similar;
    return options;
}

/// A corpus that can be closed while others use it: it goes when the last call has ended.
class OpenCorpus {
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

  public:
    OpenCorpus(const std::string& folder, const std::string& mode, int threads, double busy_wait)
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
    OpenCorpus(const OpenCorpus&) = delete;
    OpenCorpus& operator=(const OpenCorpus&) = delete;
    OpenCorpus(OpenCorpus&&) = delete;
    OpenCorpus& operator=(OpenCorpus&&) = delete;
    ~OpenCorpus() { leave(); }

    void close() {
        is_closed_ = true;
        if (born_ == forks()) {
            // Waits for a snapshot that is being written.
            std::shared_ptr<Corpus> last = std::move(corpus_);
            const py::gil_scoped_release free;
            last.reset();
        }
        leave();
    }

    std::string add(const Made& made, NewItem item, const std::string& input) {
        item.fingerprint = made.fingerprint();
        AddReport report;
        report.input = input;
        report.name = item.name;
        report.bank = item.bank;
        report.take(item.fingerprint);
        auto outcomes = unwrap(call({}, [&](Corpus& corpus, const std::stop_token&) {
            return corpus.add({&item, 1});
        }));
        report.outcome = std::move(outcomes.front());
        return to_json(report);
    }

    std::string find(const Made& made,
                     const std::string& input,
                     const FindOptions& options,
                     const std::stop_source& stop) {
        unwrap(call(stop, [&](Corpus& corpus, const std::stop_token& token) {
            return corpus.prepare(token);
        }));
        return find_json(input, made.run,
                         unwrap(call(stop, [&](Corpus& corpus, const std::stop_token&) {
                             return corpus.find(made.fingerprint(), options);
                         })));
    }

    py::tuple list(const std::string& after, std::size_t limit) {
        const ItemPage page = unwrap(call(
            {}, [&](Corpus& corpus, const std::stop_token&) { return corpus.list(after, limit); }));
        std::vector<std::string> items;
        for (const ItemSummary& item : page.items) {
            items.push_back(to_json(item));
        }
        std::vector<std::pair<std::string, std::string>> damaged;
        for (const Damage& damage : page.damaged) {
            damaged.emplace_back(damage.id, damage.problem);
        }
        return py::make_tuple(items, page.next, damaged);
    }

    std::vector<bool> remove(const std::vector<std::string>& ids) {
        return unwrap(
            call({}, [&](Corpus& corpus, const std::stop_token&) { return corpus.remove(ids); }));
    }
    std::vector<std::string> banks() {
        return unwrap(
            call({}, [](Corpus& corpus, const std::stop_token&) { return corpus.banks(); }));
    }
    std::string stats() {
        return to_json(unwrap(
            call({}, [](Corpus& corpus, const std::stop_token&) { return corpus.stats(); })));
    }
    std::string verify() {
        return to_json(unwrap(call({}, [](Corpus& corpus, const std::stop_token& token) {
            return corpus.verify(token);
        })));
    }
    /// The log lines since the last call, with their levels in numbers of Python's `logging`.
    std::vector<std::pair<int, std::string>> take_log() { return lines_->take(); }

  private:
    void leave() {
        if (corpus_ && born_ != forks()) {
            // A copy of the parent's: its threads are not here, and its files are not ours.
            static_cast<void>(new std::shared_ptr<Corpus>(std::move(corpus_)));
        }
        corpus_.reset();
    }

    int born_;
    bool is_closed_ = false;
    std::shared_ptr<LineQueue> lines_ = std::make_shared<LineQueue>();
    std::shared_ptr<Corpus> corpus_;
};

py::array_t<std::uint8_t> codes_of(const Made& made) {
    const auto& frames = made.fingerprint().frames;
    py::array_t<std::uint8_t> array({frames.size(), kCodeBytes});
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const CodeBytes bytes = bytes_of(frames[i].hash);
        std::memcpy(array.mutable_data(static_cast<py::ssize_t>(i), 0), bytes.data(), kCodeBytes);
    }
    return array;
}

py::array_t<double> times_of(const Made& made) {
    const auto& frames = made.fingerprint().frames;
    py::array_t<double> array(static_cast<py::ssize_t>(frames.size()));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        *array.mutable_data(static_cast<py::ssize_t>(i)) = frames[i].time.seconds();
    }
    return array;
}

py::array_t<std::uint8_t> qualities_of(const Made& made) {
    const auto& frames = made.fingerprint().frames;
    py::array_t<std::uint8_t> array(static_cast<py::ssize_t>(frames.size()));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        *array.mutable_data(static_cast<py::ssize_t>(i)) = frames[i].quality;
    }
    return array;
}

std::string hash_json(const Made& made, const std::string& input) {
    HashReport report;
    report.input = input;
    report.fingerprint = made.fingerprint();
    return to_json(report);
}

MediaTime time_of(double seconds) {
    constexpr double kMost = 1e12;
    return MediaTime::from_us(seconds < kMost ? static_cast<std::int64_t>(seconds * 1e6)
                                              : INT64_MAX);
}

Limits limits_of(const std::map<std::string, double>& values) {
    Limits limits;
    for (const auto& [name, value] : values) {
        const auto whole = static_cast<std::uint64_t>(value);
        if (name == "max_bytes") {
            limits.max_bytes = whole;
        } else if (name == "max_pixels") {
            limits.max_pixels = whole;
        } else if (name == "max_side") {
            limits.max_side = static_cast<std::uint32_t>(whole);
        } else if (name == "max_frames") {
            limits.max_frames = whole;
        } else if (name == "max_duration") {
            limits.max_duration = time_of(value);
        } else if (name == "max_memory_bytes") {
            limits.max_memory_bytes = whole;
        } else if (name == "max_wall_time") {
            limits.max_wall_time = time_of(value);
        }
    }
    return limits;
}

void define_fingerprints(py::module_& module) {
    py::class_<std::stop_source>(module, "StopSource")
        .def(py::init<>())
        .def("stop", &std::stop_source::request_stop);
    py::class_<Made>(module, "Fingerprint")
        .def("json", &hash_json)
        .def("codes", &codes_of)
        .def("times", &times_of)
        .def("qualities", &qualities_of)
        .def("is_partial", [](const Made& made) { return is_partial(made.fingerprint()); })
        .def("record",
             [](const Made& made) {
                 const auto record = unwrap(encode_fingerprint(made.fingerprint()));
                 return py::bytes(reinterpret_cast<const char*>(record.data()), record.size());
             })
        .def_static("from_record", [](const py::bytes& record) {
            const std::string_view bytes(record);
            return Made{
                {unwrap(decode_fingerprint(std::as_bytes(std::span(bytes.data(), bytes.size())))),
                 {},
                 {}}};
        });
    module.def("fingerprint",
               [](const py::bytes& path, int descriptor, const std::string& purpose,
                  const std::string& effort, double interval, bool is_sandboxed, int threads,
                  const std::map<std::string, double>& limits, const std::stop_source& stop) {
                   return make_fingerprint(
                       path, descriptor,
                       {purpose, effort, interval, is_sandboxed, threads, limits_of(limits)}, stop);
               });
    module.def("compare", [](const Made& query, const Made& known, const std::string& name,
                             const std::string& input, double min_score, int max_matches,
                             const std::string& effort, bool similar) {
        const RunningCall call(forks());
        const FindOptions options = find_options({}, min_score, max_matches, effort, similar);
        return find_json(input, query.run, unwrap(run({}, [&](const std::stop_token&) {
                             return compare(query.fingerprint(), known.fingerprint(), name,
                                            options);
                         })));
    });
}

void define_corpus(py::module_& module) {
    py::class_<OpenCorpus>(module, "Corpus")
        .def(py::init(
            [](const py::bytes& folder, const std::string& mode, int threads, double busy_wait) {
                return std::make_unique<OpenCorpus>(folder, mode, threads, busy_wait);
            }))
        .def("close", &OpenCorpus::close)
        .def("add",
             [](OpenCorpus& corpus, const Made& made, const py::bytes& input, const py::bytes& name,
                const std::string& bank, const std::string& id,
                const std::map<std::string, std::string>& labels, const py::bytes& source) {
                 return corpus.add(made, {{}, name, bank, id, labels, source}, input);
             })
        .def("find",
             [](OpenCorpus& corpus, const Made& made, const py::bytes& input,
                std::vector<std::string> banks, double min_score, int max_matches,
                const std::string& effort, bool similar, const std::stop_source& stop) {
                 return corpus.find(
                     made, input,
                     find_options(std::move(banks), min_score, max_matches, effort, similar), stop);
             })
        .def("list", &OpenCorpus::list)
        .def("remove", &OpenCorpus::remove)
        .def("banks", &OpenCorpus::banks)
        .def("stats", &OpenCorpus::stats)
        .def("verify", &OpenCorpus::verify)
        .def("take_log", &OpenCorpus::take_log);
}

}  // namespace

void define(py::module_& module) {
    watch_process(module);
    module.def("pdq_pixels", &pdq_pixels);
    module.def("forks", &forks);
    // Not `versions()`, which loads the decoders to ask them for theirs.
    module.def("version", [] { return REFRAIN_PYTHON_VERSION; });
    define_fingerprints(module);
    define_corpus(module);
}

}  // namespace refrain::python

PYBIND11_MODULE(_refrain, module) { refrain::python::define(module); }

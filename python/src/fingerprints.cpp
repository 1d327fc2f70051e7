#include "fingerprints.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <numbers>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "refrain/explain.h"
#include "refrain/json.h"

#include "codes.h"
#include "options.h"
#include "running.h"

namespace py = pybind11;

namespace refrain::python {

/// A local feature as a row of a NumPy array; docs/python.md names the fields.
struct PointRow {
    double time;
    float x;
    float y;
    float size;
    float angle;
    std::uint8_t code[kCodeBytes];
};

namespace {

struct How {
    std::string purpose = "both";
    std::string effort = "normal";
    double interval = 1;
    bool is_sandboxed = true;
    bool has_exact_codes = false;  ///< of a query
    int threads = 1;
    Limits limits;
};

FingerprintOptions for_purpose(const FingerprintOptions& options, const How& how) {
    if (how.purpose == "query") {
        FingerprintOptions made = options.for_query(effort_of(how.effort));
        made.exact_codes = how.has_exact_codes;
        return made;
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

Made make_fingerprint(const Medium& medium, const How& how, const std::stop_source& stop) {
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
        return medium.descriptor >= 0
                   ? fingerprinter.fingerprint_descriptor(medium.descriptor, control)
                   : fingerprinter.fingerprint_file(medium.path, control);
    }))};
}

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

PointRow row_of(const LocalFrame& frame, const LocalPoint& point) {
    PointRow row{};
    row.time = frame.time.seconds();
    row.x = static_cast<float>(point.x) /
            static_cast<float>(LocalPoint::kPositionUnits * std::max<int>(frame.width, 1));
    row.y = static_cast<float>(point.y) /
            static_cast<float>(LocalPoint::kPositionUnits * std::max<int>(frame.height, 1));
    row.size = std::exp2(static_cast<float>(point.scale) / LocalPoint::kScaleUnits);
    row.angle =
        static_cast<float>(point.angle) * 2 * std::numbers::pi_v<float> / LocalPoint::kAngleUnits;
    const CodeBytes bytes = bytes_of(point.code);
    std::memcpy(row.code, bytes.data(), kCodeBytes);
    return row;
}

py::array_t<PointRow> points_of(const Made& made) {
    // Not when the module is loaded: this imports NumPy.
    static const bool is_described = [] {
        PYBIND11_NUMPY_DTYPE(PointRow, time, x, y, size, angle, code);
        return true;
    }();
    static_cast<void>(is_described);
    std::vector<PointRow> rows;
    for (const LocalFrame& frame : made.fingerprint().local) {
        for (const LocalPoint& point : frame.points) {
            rows.push_back(row_of(frame, point));
        }
    }
    return py::array_t<PointRow>(static_cast<py::ssize_t>(rows.size()), rows.data());
}

std::string hash_json(const Made& made, const std::string& input) {
    HashReport report;
    report.input = input;
    report.fingerprint = made.fingerprint();
    return to_json(report);
}

py::bytes record_of(const Made& made) {
    const auto record = unwrap(encode_fingerprint(made.fingerprint()));
    return {reinterpret_cast<const char*>(record.data()), record.size()};
}

Made made_of_record(const py::bytes& record) {
    const std::string_view bytes(record);
    return {
        {unwrap(decode_fingerprint(std::as_bytes(std::span(bytes.data(), bytes.size())))), {}, {}}};
}

py::tuple compare_made(const Made& query,
                       const Made& known,
                       const std::string& name,
                       const std::string& input,
                       const py::dict& how) {
    const RunningCall call(forks());
    const FindOptions options = find_options_of(how);
    FindAnswer answer = unwrap(run({}, [&](const std::stop_token&) {
        return compare(query.fingerprint(), known.fingerprint(), name, options);
    }));
    return tuple_of(tell(input, query.run, std::move(answer), explain_wish_of(how), {}));
}

}  // namespace

// Never destroyed: the workers end with this process, and a forked copy must not end those of its
// parent.
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

ExplainWish explain_wish_of(const py::dict& values) {
    ExplainWish wish;
    if (values.contains("explain")) {
        wish.folder = values["explain"].cast<std::string>();
        wish.is_revealed = values["reveal"].cast<bool>();
        wish.limits = limits_of(values["limits"].cast<std::map<std::string, double>>());
    }
    return wish;
}

Looked tell(const std::string& input,
            const FingerprintRun& run_of_query,
            FindAnswer answer,
            const ExplainWish& wish,
            const std::stop_source& stop) {
    FindReport report;
    report.input = input;
    report.take(run_of_query);
    report.timing.total = run_of_query.decode_time + run_of_query.hash_time + answer.search_time;
    report.take(Result<FindAnswer>(std::move(answer)));
    Looked looked{to_json(report), {}, std::nullopt};
    if (wish.folder.empty()) {
        return looked;
    }
    ExplainOptions options;
    options.folder = wish.folder;
    options.is_revealed = wish.is_revealed;
    options.limits = wish.limits;
    options.sandbox = shared_sandbox();
    const auto written = run(stop.get_token(), [&](const std::stop_token& token) {
        options.stop = token;
        return write_explanations(report, options);
    });
    if (!written) {
        looked.explain_error = written.error();
        return looked;
    }
    for (const std::filesystem::path& path : *written) {
        looked.pictures.push_back(path.native());
    }
    return looked;
}

py::tuple tuple_of(const Looked& looked) {
    py::list pictures;
    for (const std::string& path : looked.pictures) {
        pictures.append(py::bytes(path));
    }
    py::object error = py::none();
    if (looked.explain_error) {
        error = py::make_tuple(std::string(error_code_name(looked.explain_error->code)),
                               py::bytes(looked.explain_error->message));
    }
    return py::make_tuple(looked.json, pictures, error);
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
        .def("points", &points_of)
        .def("is_partial", [](const Made& made) { return is_partial(made.fingerprint()); })
        .def("record", &record_of)
        .def_static("from_record", &made_of_record);
    module.def("fingerprint", [](const py::bytes& path, int descriptor, const std::string& purpose,
                                 const std::string& effort, double interval, bool is_sandboxed,
                                 bool has_exact_codes, int threads,
                                 const std::map<std::string, double>& limits,
                                 const std::stop_source& stop) {
        return make_fingerprint(
            {path, descriptor},
            {purpose, effort, interval, is_sandboxed, has_exact_codes, threads, limits_of(limits)},
            stop);
    });
    module.def("compare", &compare_made);
}

}  // namespace refrain::python

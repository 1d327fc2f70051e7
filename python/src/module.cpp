#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "fingerprints.h"
#include "open_corpus.h"
#include "options.h"
#include "pixels.h"
#include "running.h"

namespace py = pybind11;

namespace refrain::python {

namespace {

/// What Python's side says of a medium that it adds: input, name and source are bytes.
struct Words {
    std::string input;
    NewItem item;
};

Words words_of(const py::dict& values) {
    Words words;
    words.input = values["input"].cast<std::string>();
    words.item.name = values["name"].cast<std::string>();
    words.item.bank = values["bank"].cast<std::string>();
    words.item.id = values["id"].cast<std::string>();
    words.item.labels = values["labels"].cast<Labels>();
    words.item.source = values["source"].cast<std::string>();
    return words;
}

std::optional<std::string> add_known_bytes(OpenCorpus& corpus,
                                           int descriptor,
                                           const py::dict& values,
                                           const py::dict& author,
                                           const std::map<std::string, double>& limits,
                                           const std::stop_source& stop) {
    Words words = words_of(values);
    AddReport report;
    report.input = words.input;
    report.name = words.item.name;
    report.bank = words.item.bank;
    return corpus.add_known_bytes({words.input, descriptor}, std::move(report), words.item,
                                  author_of(author), limits_of(limits), stop);
}

std::vector<std::string> add(OpenCorpus& corpus,
                             const std::vector<std::pair<const Made*, py::dict>>& batch,
                             const py::dict& author) {
    std::vector<Addition> additions;
    for (const auto& [made, values] : batch) {
        Words words = words_of(values);
        additions.push_back({made, std::move(words.input), std::move(words.item)});
    }
    return corpus.add(std::move(additions), author_of(author));
}

}  // namespace

void define_corpus(py::module_& module) {
    py::class_<OpenCorpus>(module, "Corpus")
        .def(py::init(
            [](const py::bytes& folder, const std::string& mode, int threads, double busy_wait) {
                return std::make_unique<OpenCorpus>(folder, mode, threads, busy_wait);
            }))
        .def("close", &OpenCorpus::close)
        .def("add_known_bytes", &add_known_bytes)
        .def("add", &add)
        .def("finish_adding", &OpenCorpus::finish_adding)
        .def("find", &OpenCorpus::find)
        .def("list", &OpenCorpus::list)
        .def("show", &OpenCorpus::show)
        .def("remove", [](OpenCorpus& corpus, const std::vector<std::string>& ids,
                          const py::dict& author) { return corpus.remove(ids, author_of(author)); })
        .def("edit",
             [](OpenCorpus& corpus, const std::vector<std::string>& ids, const py::dict& change,
                const py::dict& author) {
                 return corpus.edit(ids, edit_of(change), author_of(author));
             })
        .def("banks", &OpenCorpus::banks)
        .def("bank_settings", &OpenCorpus::bank_settings)
        .def("set_bank",
             [](OpenCorpus& corpus, const std::string& name, const py::dict& change,
                const py::dict& author) {
                 return corpus.set_bank(name, bank_edit_of(change), author_of(author));
             })
        .def("log", &OpenCorpus::log)
        .def("duplicates", &OpenCorpus::duplicates)
        .def("stats", &OpenCorpus::stats)
        .def("verify", &OpenCorpus::verify)
        .def("import_list", &OpenCorpus::import_list)
        .def("export_list", &OpenCorpus::export_list)
        .def("has_hash_lists", &OpenCorpus::has_hash_lists)
        .def("take_log", &OpenCorpus::take_log);
}

namespace {

void define(py::module_& module) {
    watch_process(module);
    module.def("pdq_pixels", &pdq_pixels);
    module.def("inspect_list", &inspect_list);
    module.def("forks", &forks);
    // Not `versions()`, which loads the decoders to ask them for theirs.
    module.def("version", [] { return REFRAIN_PYTHON_VERSION; });
    define_fingerprints(module);
    define_corpus(module);
}

}  // namespace

}  // namespace refrain::python

PYBIND11_MODULE(_refrain, module) { refrain::python::define(module); }

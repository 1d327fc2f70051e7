#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <pybind11/pybind11.h>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"
#include "refrain/sandbox.h"

namespace refrain::python {

/// A fingerprint, with what it cost where it was made here.
struct Made {
    FingerprintRun run;
    [[nodiscard]] const Fingerprint& fingerprint() const { return run.fingerprint; }
};

/// A medium as Python's side hands it over.
struct Medium {
    std::string path;     ///< the bytes of a path; not looked at where there is a descriptor
    int descriptor = -1;  ///< of a file that holds the bytes; not owned
};

/// The sandbox that all calls share. Raises where it cannot be started, and in a forked process.
[[nodiscard]] const std::shared_ptr<Sandbox>& shared_sandbox();

/// A look-up as text, and the pictures that say why its matches are some.
struct Looked {
    std::string json;
    std::vector<std::string> pictures;   ///< paths
    std::optional<Error> explain_error;  ///< why they were not all written
};

/// Where explanations of a look-up go; an empty folder: there are none.
struct ExplainWish {
    std::string folder;
    bool is_revealed = false;
    Limits limits;
};

/// Puts the answer to a look-up into words, and into pictures if they are wished for.
[[nodiscard]] Looked tell(const std::string& input,
                          const FingerprintRun& run,
                          FindAnswer answer,
                          const ExplainWish& wish,
                          const std::stop_source& stop);

[[nodiscard]] ExplainWish explain_wish_of(const pybind11::dict& values);

/// (JSON, paths, none or (code, message)).
[[nodiscard]] pybind11::tuple tuple_of(const Looked& looked);

void define_fingerprints(pybind11::module_& module);

}  // namespace refrain::python

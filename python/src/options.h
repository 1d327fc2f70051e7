#pragma once

#include <map>
#include <string>

#include <pybind11/pybind11.h>

#include "refrain/catalogue.h"
#include "refrain/corpus.h"
#include "refrain/import.h"
#include "refrain/limits.h"

/// Options as Python's side hands them over, in dictionaries whose words it has checked, as the
/// library has them. A key that is missing leaves the library's own choice.
namespace refrain::python {

using Labels = std::map<std::string, std::string>;

[[nodiscard]] Effort effort_of(const std::string& word);
[[nodiscard]] Limits limits_of(const std::map<std::string, double>& values);
[[nodiscard]] FindOptions find_options_of(const pybind11::dict& values);
[[nodiscard]] ItemFilter filter_of(const pybind11::dict& values);
[[nodiscard]] ItemOrder order_of(const std::string& word);
[[nodiscard]] ImportOptions import_options_of(const pybind11::dict& values);
[[nodiscard]] Author author_of(const pybind11::dict& values);
/// The change of one item, without its id.
[[nodiscard]] ItemEdit edit_of(const pybind11::dict& values);
[[nodiscard]] BankEdit bank_edit_of(const pybind11::dict& values);

}  // namespace refrain::python

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/catalogue_interface.h"
#include "store/location.h"
#include "store_samples.h"
#include "support/memory_catalogue.h"
#include "support/temp_folder.h"

namespace refrain::test {

/// A way of keeping a catalogue.
struct CatalogueKind {
    const char* name;
    std::function<std::unique_ptr<store::Catalogue>(const TempFolder&)> make;
};

/// All that there are; a new one goes here.
inline std::vector<CatalogueKind> all_catalogues() {
    return {{"Memory",
             [](const TempFolder&) -> std::unique_ptr<store::Catalogue> {
                 return std::make_unique<MemoryCatalogue>();
             }},
            {"Sqlite", [](const TempFolder& folder) {
                 const std::string text = "sqlite:" + (folder / "corpus").native();
                 return store::open_catalogue(store::Location::parse(text).value(),
                                              store::Mode::kCreate)
                     .value();
             }}};
}

inline std::string name_of_catalogue(const testing::TestParamInfo<CatalogueKind>& kind) {
    return kind.param.name;
}

/// A test of each of them.
class CatalogueCase : public testing::TestWithParam<CatalogueKind> {
  protected:
    store::Catalogue& catalogue() { return *catalogue_; }

  private:
    TempFolder folder_;
    std::unique_ptr<store::Catalogue> catalogue_ = GetParam().make(folder_);
};

}  // namespace refrain::test

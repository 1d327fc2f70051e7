#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "refrain/result.h"

#include "store/catalogue_interface.h"

namespace refrain::store {

/// Where a catalogue is kept, as a user names it: a folder, or `SCHEME:REST` with a scheme of
/// letters, digits, `+`, `-` and `.`, the first a letter. `sqlite:FOLDER` and the path of a folder
/// mean the same. A folder whose path begins like a scheme is written with `./` before it.
///
/// Thread safety: a value.
class Location {
  public:
    /// @error kInvalidArgument  it is empty, or the scheme is not known; the message names it
    [[nodiscard]] static Result<Location> parse(const std::string& text);

    /// The folder of the database. Files made from the catalogue may lie there, too.
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  private:
    explicit Location(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path folder_;
};

/// Opens a catalogue with the implementation for its location.
///
/// @error kCorpusNotFound, kCorpusDamaged, kCorpusTooNew, kCorpusReadOnly, kCorpusBusy, kDiskFull,
///        kUnreadable
[[nodiscard]] Result<std::unique_ptr<Catalogue>>
open_catalogue(const Location& location, Mode mode, const CatalogueOptions& options = {});

}  // namespace refrain::store

#include "store/location.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "store/sqlite/sqlite_catalogue.h"

namespace refrain::store {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool may_be_in_scheme(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// The scheme that a location begins with; empty: none, so that it is a folder.
std::string_view scheme_of(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_letter(text.front())) {
        return {};
    }
    const std::string_view scheme = text.substr(0, colon);
    return std::all_of(scheme.begin(), scheme.end(), may_be_in_scheme) ? scheme
                                                                       : std::string_view();
}

}  // namespace

Result<Location> Location::parse(const std::string& text) {
    const std::string_view scheme = scheme_of(text);
    if (!scheme.empty() && scheme != "sqlite") {
        return Error{ErrorCode::kInvalidArgument,
                     fmt::format("corpus: there is no kind of store named \"{}\"; there are: "
                                 "sqlite:FOLDER, or a folder; for a folder of that name write "
                                 "./{}",
                                 scheme, text)};
    }
    std::string folder = scheme.empty() ? text : text.substr(scheme.size() + 1);
    if (folder.empty()) {
        return Error{ErrorCode::kInvalidArgument, "corpus: its location names no folder"};
    }
    return Location(std::move(folder));
}

Result<std::unique_ptr<Catalogue>> open_catalogue(const Location& location,
                                                  Mode mode,
                                                  const CatalogueOptions& options) {
    Result<SqliteCatalogue> opened = SqliteCatalogue::open(location.folder(), mode, options);
    if (!opened) {
        return opened.error();
    }
    return std::unique_ptr<Catalogue>(std::make_unique<SqliteCatalogue>(std::move(*opened)));
}

}  // namespace refrain::store

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "refrain/corpus.h"

#include "server/request.h"
#include "server/response.h"
#include "server/router.h"

namespace refrain::service {

/// The parameters that every look-up takes.
[[nodiscard]] std::vector<server::Parameter> look_up_parameters();

/// Reads them. @return the refusal of one that does not fit
[[nodiscard]] std::optional<server::Response> read_look_up(const server::Request& request,
                                                           FindOptions& options);

/// A whole number of a parameter, within bounds; `otherwise` where it is absent.
[[nodiscard]] std::optional<server::Response> read_whole(const server::Request& request,
                                                         const std::string& name,
                                                         std::pair<long, long> bounds,
                                                         long& value);

/// Reads all `label=K=V`.
[[nodiscard]] std::optional<server::Response> read_labels(
    const server::Request& request,
    std::map<std::string, std::string>& labels);

/// The refusal of bytes that are no medium: none, JSON, or more files than are wanted.
[[nodiscard]] std::optional<server::Response> check_upload(const server::Request& request,
                                                           std::size_t files = 1);

}  // namespace refrain::service

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "refrain/json.h"

#include "audit/audit_log.h"
#include "server/response.h"
#include "service/context.h"

namespace refrain::service {

/// What a look-up came to, for a client: a `refrain.find/1` object, or a problem.
[[nodiscard]] server::Response find_response(const server::Request& request, FindReport report);

/// The report as the caller may see it. Who sees coarse numbers gets each score as the greatest
/// step below it (6, 10, 20, 50), and neither hits nor agreement: exact ones would tell how far an
/// edit still has to go.
[[nodiscard]] FindReport as_seen_by(const server::Caller& caller, FindReport report);

/// The last change of the corpus that look-ups see, for the audit log.
[[nodiscard]] std::string generation_of(const Context& context);

/// What a client was told, where that is not what the engine found.
struct Answered {
    std::optional<std::string> status;  ///< nothing: that of the report
    audit::Fields fields;               ///< of the entry, in addition
};

/// @param kind  `image`, `video` or `code`  @param status  of the answer
void count_look_up(Context& context, const std::string& kind, std::string_view status);

/// Counts a look-up, and writes down what was decided. The input's digest is that of the medium; of
/// codes and records that of the body they came in. @return the refusal where it cannot be
[[nodiscard]] std::optional<server::Response> note_decision(Context& context,
                                                            const server::Request& request,
                                                            const FindReport& report,
                                                            const Answered& answered = {});

/// The upload of a request, with the name that the client gives it.
[[nodiscard]] Upload upload_of(const server::Request& request, std::size_t index = 0);

/// Where a running call is in its medium, 0..1.
[[nodiscard]] double share_of(const MediumProgress& at);

}  // namespace refrain::service

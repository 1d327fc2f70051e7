#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/request.h"
#include "server/response.h"

namespace refrain::server {

/// What a route does with a request's body.
enum class BodyKind {
    kNone,        ///< has none; one that is sent is refused
    kText,        ///< kept in memory: JSON and other small texts
    kUpload,      ///< spooled: a raw body is one file, a form any number of them
    kTextOrForm,  ///< a form is spooled, anything else is kept in memory
};

/// How large bodies may be.
struct BodyLimits {
    std::uint64_t max_upload_bytes = 2ULL << 30;
    std::size_t max_text_bytes = 1U << 20;  ///< of a text body, and of all fields of a form
    std::size_t max_files = 2;
};

/// Takes a body as it arrives, and puts it into the request. Each function gives the answer where
/// the body cannot be taken. Thread safety: one thread at a time.
class BodySink {
  public:
    BodySink() = default;
    BodySink(const BodySink&) = delete;
    BodySink& operator=(const BodySink&) = delete;
    virtual ~BodySink() = default;

    [[nodiscard]] virtual std::optional<Response> write(std::string_view bytes) = 0;
    /// All of it is there.
    [[nodiscard]] virtual std::optional<Response> finish() = 0;
};

/// The sink that fits the route and the request's content type.
///
/// @param request  borrowed; filled in by `write` and `finish`
[[nodiscard]] std::unique_ptr<BodySink> make_body_sink(BodyKind kind,
                                                       const BodyLimits& limits,
                                                       const std::shared_ptr<Spool>& spool,
                                                       Request& request);

}  // namespace refrain::server

#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/router.h"
#include "service/context.h"
#include "service/hma/records.h"
#include "service/json_input.h"

namespace refrain::service::hma {

using RequestPtr = std::shared_ptr<server::Request>;

/// The paths of HMA 1.1.7 over the service's engine. Errors are `{"message": text}`; an answer
/// holds the keys that HMA's has, and no other.
///
/// Thread safety: safe to share. Must outlive the router's requests.
class Hma {
  public:
    /// @param context  borrowed
    [[nodiscard]] static Result<std::unique_ptr<Hma>> open(Context& context,
                                                           const std::filesystem::path& file);

    void add_routes(server::Router& router);

    [[nodiscard]] Context& context() { return context_; }
    [[nodiscard]] Records& records() { return *records_; }

    /// A route with HMA's errors, which passes unknown parameters over.
    [[nodiscard]] server::Route route(const std::string& method,
                                      const std::string& pattern,
                                      std::uint32_t right,
                                      const std::string& summary) const;

    /// Whether this content may be an answer: it and its bank are enabled.
    [[nodiscard]] bool is_matched(const ContentRecord& content) const;

  private:
    Hma(Context& context, std::unique_ptr<Records> records);

    Context& context_;
    std::unique_ptr<Records> records_;
};

[[nodiscard]] server::Response message(int status, const std::string& text);
[[nodiscard]] server::Response message(const Error& error);

/// Writes a change or a decision into the audit log. @return the refusal where it cannot be
[[nodiscard]] std::optional<server::Response> noted(Hma& hma,
                                                    const server::Request& request,
                                                    audit::Fields fields);

/// The kinds of signals that HMA's clients know here.
inline constexpr std::array<const char*, 3> kSignalTypes{"pdq", "video_md5", "vpdq"};

/// What HMA knows content by.
struct Signal {
    std::string type;   ///< one of `kSignalTypes`
    std::string value;  ///< hex digits; of vPDQ a JSON list of `"HEX,QUALITY,SECONDS"`
};

/// The signals of one upload: of an image its PDQ; of a video the MD5 of its bytes, then its vPDQ.
/// @return at least one
[[nodiscard]] Result<std::vector<Signal>> signals_of(Context& context,
                                                     const Upload& upload,
                                                     const std::stop_token& stop);

/// Takes the kinds of signals that the request's `types` names, separated by commas; all kinds
/// where there is none. @return the refusal
[[nodiscard]] std::optional<server::Response> read_types(const server::Request& request,
                                                         std::set<std::string>& types);

/// Parameters of these names, as the document of the interface tells what they are.
[[nodiscard]] std::vector<server::Parameter> parameters(std::initializer_list<const char*> names);

/// Sees to it that the request has one file, then calls `next`: that of its body, or what its
/// parameter `url` names, which is fetched first where the configuration lists its host. Otherwise
/// answers why not. `next` may be called on the fetcher's thread, and must be short.
void with_medium(Hma& hma,
                 const RequestPtr& request,
                 const server::Respond& respond,
                 const std::function<void()>& next);

void add_bank_routes(Hma& hma, server::Router& router);
void add_content_routes(Hma& hma, server::Router& router);
void add_match_routes(Hma& hma, server::Router& router);
void add_setting_routes(Hma& hma, server::Router& router);

}  // namespace refrain::service::hma

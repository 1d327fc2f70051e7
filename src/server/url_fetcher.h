#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "server/spool.h"
#include "server/url.h"

namespace refrain::server {

/// What may be fetched, and how much of it. Thread safety: a value.
struct FetchOptions {
    /// `HOST`, which stands for the port that is the URL scheme's own, or `HOST:PORT`, in lower
    /// case. A URL has to name one of them. Empty: nothing may be fetched.
    std::vector<std::string> hosts;
    std::uint64_t max_bytes = 64ULL << 20;       ///< of one file
    std::chrono::milliseconds deadline{20'000};  ///< of one file, from the name to the last byte
    std::size_t max_at_once = 32;                ///< more are refused
};

/// Where a host can be reached.
struct HostAddress {
    std::string address;  ///< of IPv4 or IPv6
    std::uint16_t port = 0;
};

/// The network, as a fetcher sees it. Tests put one of their own here; no setting does.
struct FetchNetwork {
    /// The addresses of a host; none: it is not known. Empty function: the system's resolver.
    std::function<std::vector<HostAddress>(const std::string& host, const std::string& port)>
        resolve;
    /// Whether an address may be connected to. Empty function: `is_public_address`.
    std::function<bool(const std::string& address)> may_reach;
};

/// A file that was fetched, or why there is none.
struct Fetched {
    std::shared_ptr<SpoolFile> file;  ///< null: see below
    int status = 0;                   ///< what a client is to be told: 400, 403, 413, 422, 503
    std::string problem;
};

/// Fetches files by URL for clients that do not upload them, from hosts that are listed.
///
/// A host's name is resolved once. All of its addresses are checked, and the connection goes to one
/// of those that were checked, so that a name that changes its address reaches nothing else. No
/// redirect is followed and no proxy is used. With TLS the certificate must be that of the host.
///
/// Thread safety: safe to share.
class UrlFetcher {
  public:
    /// Gets the outcome, on the fetcher's thread; must be short.
    using Done = std::function<void(Fetched)>;

    UrlFetcher(FetchOptions options, FetchNetwork network, std::shared_ptr<Spool> spool);
    UrlFetcher(const UrlFetcher&) = delete;
    UrlFetcher& operator=(const UrlFetcher&) = delete;
    UrlFetcher(UrlFetcher&&) = delete;
    UrlFetcher& operator=(UrlFetcher&&) = delete;
    /// Ends what is being fetched; its `Done` is not called.
    ~UrlFetcher();

    /// Begins to fetch. `done` is called once, perhaps before this returns, unless `gone` is
    /// stopped: then nobody waits, and the fetch ends without it.
    void fetch(const std::string& url, const std::stop_token& gone, Done done);

    /// Why this URL may not be fetched; nothing where it may. What its host stands for is checked
    /// later.
    [[nodiscard]] std::optional<Fetched> refusal(const std::optional<Url>& url) const;

  private:
    struct Core;
    std::unique_ptr<Core> core_;
};

/// An entry of `FetchOptions::hosts` from a text of either case. Nothing where it is no host.
[[nodiscard]] std::optional<std::string> parse_host_entry(const std::string& text);

}  // namespace refrain::server

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/limits.h"
#include "refrain/result.h"

#include "server/http_server.h"
#include "server/lanes.h"
#include "server/url_fetcher.h"
#include "service/webhooks.h"

namespace refrain::service {

/// Doors for scanners that know only "take it" and "do not". All are shut by default.
struct DoorOptions {
    bool has_validate = false;
    bool has_scan_blob = false;
    std::string scan_blob_label = "label";  ///< the item's label that is told; else its bank
    std::string clamd_host;                 ///< empty: shut. Of this machine: it asks for no key
    std::uint16_t clamd_port = 0;
    bool accepts_other_files = false;  ///< documents, archives: what is no medium
    bool accepts_unexamined = false;   ///< media that could not be examined, or not whole
};

/// Which uploads are kept, to be compared with items that come to be known later.
struct RetroOptions {
    std::int64_t keep_hours = 0;       ///< 0: none are
    std::uint64_t bytes = 1ULL << 30;  ///< of all together
    std::string webhook;               ///< told of each new item that they match; empty: nobody
};

/// All that can be set of a service. Thread safety: a value.
struct Config {
    std::filesystem::path corpus;
    server::ServerOptions server;
    server::LaneOptions lanes;
    std::filesystem::path spool;             ///< empty: `spool` in the corpus folder
    std::uint64_t spool_bytes = 8ULL << 30;  ///< of all uploads in work
    std::filesystem::path keys_file;         ///< empty: `keys.json` in the corpus folder
    bool allows_anonymous = false;           ///< clients on this machine need no key
    std::vector<std::string> coarse_roles;   ///< these see scores and distances in steps alone
    std::chrono::milliseconds announce{0};   ///< between "not ready" and the end of listening
    std::chrono::seconds keep_jobs{3600};
    std::size_t max_jobs = 10'000;
    bool has_audit = true;
    std::filesystem::path audit;          ///< empty: `audit` in the corpus folder
    std::int64_t audit_keep_seconds = 0;  ///< 0: for ever
    bool has_hma = true;
    server::FetchOptions fetch;  ///< of `url=` at HMA's paths; no hosts: nothing is fetched
    DoorOptions doors;
    WebhookOptions webhooks;
    RetroOptions retro;
    std::optional<FloodLimits> flood;  ///< none: floods are not watched
    Limits limits;

    /// Fills in what depends on the corpus folder.
    void complete();
};

/// Where settings of the command line stand above those of the file.
struct ConfigSource {
    std::filesystem::path file;  ///< empty: none
    /// Of the environment: `REFRAIN_SERVER_LISTEN` and the like, by name.
    std::vector<std::pair<std::string, std::string>> environment;
};

/// Reads the configuration file and the environment over the defaults.
///
/// @error kNotFound, kInvalidArgument  one line for each thing that is wrong, with its place
[[nodiscard]] Result<Config> read_config(const ConfigSource& source);

/// Splits `HOST:PORT` or `[ADDRESS]:PORT`. @error kInvalidArgument
[[nodiscard]] Result<std::pair<std::string, std::uint16_t>> parse_listen(const std::string& text);

}  // namespace refrain::service

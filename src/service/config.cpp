#include "service/config.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "access/roles.h"

namespace refrain::service {

namespace {

/// One setting: `section.name`, and how its text becomes part of the configuration. What it gives
/// back is what is wrong.
struct Setting {
    std::string name;
    std::function<std::optional<std::string>(Config&, const std::string&)> set;
};

using Problem = std::optional<std::string>;

Problem read_number(const std::string& text, double& number) {
    const char* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, number);
    return failed == std::errc() && stopped == end ? Problem() : Problem("expected a number");
}

/// A whole number from `least` to `most`, into a field of any arithmetic kind.
template <typename Store>
Setting whole(std::string name, double least, double most, Store store) {
    return {std::move(name), [=](Config& config, const std::string& text) -> Problem {
                double number = 0;
                if (read_number(text, number) || number < least || number > most ||
                    number != static_cast<double>(static_cast<std::int64_t>(number))) {
                    return "expected a whole number from " +
                           std::to_string(static_cast<std::int64_t>(least)) + " to " +
                           std::to_string(static_cast<std::int64_t>(most));
                }
                store(config, static_cast<std::int64_t>(number));
                return std::nullopt;
            }};
}

template <typename Store>
Setting yes_or_no(std::string name, Store store) {
    return {std::move(name), [=](Config& config, const std::string& text) -> Problem {
                if (text != "true" && text != "false") {
                    return "expected true or false";
                }
                store(config, text == "true");
                return std::nullopt;
            }};
}

template <typename Store>
Setting words(std::string name, Store store) {
    return {std::move(name), [=](Config& config, const std::string& text) -> Problem {
                store(config, text);
                return std::nullopt;
            }};
}

/// Seconds, with fractions.
template <typename Store>
Setting seconds(std::string name, Store store) {
    return {std::move(name), [=](Config& config, const std::string& text) -> Problem {
                constexpr double kMost = 86'400;
                double number = 0;
                if (read_number(text, number) || number < 0 || number > kMost) {
                    return "expected seconds, from 0 to 86400";
                }
                store(config, std::chrono::milliseconds(static_cast<std::int64_t>(number * 1000)));
                return std::nullopt;
            }};
}

constexpr double kMostBytes = 1e15;

std::vector<Setting> server_settings() {
    return {
        {"server.listen",
         [](Config& config, const std::string& text) -> Problem {
             auto place = parse_listen(text);
             if (!place) {
                 return place.error().message;
             }
             config.server.host = place->first;
             config.server.port = place->second;
             return std::nullopt;
         }},
        words("server.corpus", [](Config& c, const std::string& v) { c.corpus = v; }),
        whole("server.io_threads", 1, 64,
              [](Config& c, std::int64_t v) { c.server.io_threads = static_cast<int>(v); }),
        words("server.tls_certificate",
              [](Config& c, const std::string& v) { c.server.tls_certificate = v; }),
        words("server.tls_key", [](Config& c, const std::string& v) { c.server.tls_key = v; }),
        seconds("server.drain_seconds",
                [](Config& c, std::chrono::milliseconds v) { c.server.drain_deadline = v; }),
        seconds("server.announce_seconds",
                [](Config& c, std::chrono::milliseconds v) { c.announce = v; }),
        whole("limits.header_bytes", 1024, 1 << 20,
              [](Config& c, std::int64_t v) {
                  c.server.max_header_bytes = static_cast<std::size_t>(v);
              }),
        whole("limits.connections", 1, 60'000,
              [](Config& c, std::int64_t v) {
                  c.server.max_connections = static_cast<std::size_t>(v);
              }),
        whole("limits.connections_per_client", 1, 60'000,
              [](Config& c, std::int64_t v) {
                  c.server.max_connections_per_client = static_cast<std::size_t>(v);
              }),
        whole("limits.upload_bytes", 1, kMostBytes,
              [](Config& c, std::int64_t v) {
                  c.server.body.max_upload_bytes = static_cast<std::uint64_t>(v);
              }),
        whole("limits.text_bytes", 1024, 1 << 28,
              [](Config& c, std::int64_t v) {
                  c.server.body.max_text_bytes = static_cast<std::size_t>(v);
              }),
        whole("limits.requests_per_second", 0, 1e6,
              [](Config& c, std::int64_t v) {
                  c.server.requests_per_second = static_cast<double>(v);
              }),
        whole("limits.request_burst", 1, 1e6,
              [](Config& c, std::int64_t v) { c.server.request_burst = static_cast<double>(v); }),
        seconds("limits.header_seconds",
                [](Config& c, std::chrono::milliseconds v) { c.server.header_deadline = v; }),
        seconds("limits.idle_seconds",
                [](Config& c, std::chrono::milliseconds v) { c.server.idle_deadline = v; }),
        seconds("limits.pause_seconds",
                [](Config& c, std::chrono::milliseconds v) { c.server.pause_deadline = v; }),
        whole("limits.least_bytes_per_second", 1, 1e9,
              [](Config& c, std::int64_t v) {
                  c.server.least_bytes_per_second = static_cast<std::uint64_t>(v);
              }),
    };
}

std::vector<Setting> work_settings() {
    return {
        whole("work.desk_threads", 1, 64,
              [](Config& c, std::int64_t v) { c.lanes.desk_threads = static_cast<int>(v); }),
        whole("work.decode_threads", 2, 256,
              [](Config& c, std::int64_t v) { c.lanes.decode_threads = static_cast<int>(v); }),
        whole("work.waiting_images", 0, 1e6,
              [](Config& c, std::int64_t v) {
                  c.lanes.max_waiting_images = static_cast<std::size_t>(v);
              }),
        whole("work.waiting_videos", 0, 1e6,
              [](Config& c, std::int64_t v) {
                  c.lanes.max_waiting_videos = static_cast<std::size_t>(v);
              }),
        whole("work.image_turns", 1, 1000,
              [](Config& c, std::int64_t v) { c.lanes.image_turns = static_cast<int>(v); }),
    };
}

/// Of what the service keeps, and of who may see it.
std::vector<Setting> keeping_settings() {
    return {
        words("spool.folder", [](Config& c, const std::string& v) { c.spool = v; }),
        whole("spool.bytes", 1, kMostBytes,
              [](Config& c, std::int64_t v) { c.spool_bytes = static_cast<std::uint64_t>(v); }),
        words("access.keys", [](Config& c, const std::string& v) { c.keys_file = v; }),
        {"access.coarse_roles",
         [](Config& config, const std::string& text) -> Problem {
             config.coarse_roles.clear();
             std::istringstream words(text);
             for (std::string word; words >> word;) {
                 if (!access::find_role(word)) {
                     return "there is no role " + word;
                 }
                 config.coarse_roles.push_back(word);
             }
             return std::nullopt;
         }},
        yes_or_no("access.anonymous", [](Config& c, bool v) { c.allows_anonymous = v; }),
        whole("jobs.keep_seconds", 1, 1e8,
              [](Config& c, std::int64_t v) { c.keep_jobs = std::chrono::seconds(v); }),
        whole("jobs.most", 1, 1e6,
              [](Config& c, std::int64_t v) { c.max_jobs = static_cast<std::size_t>(v); }),
        yes_or_no("audit.enabled", [](Config& c, bool v) { c.has_audit = v; }),
        words("audit.folder", [](Config& c, const std::string& v) { c.audit = v; }),
        whole("audit.keep_days", 0, 36'500,
              [](Config& c, std::int64_t v) { c.audit_keep_seconds = v * 86'400; }),
    };
}

std::vector<Setting> hma_settings() {
    return {
        yes_or_no("hma.enabled", [](Config& c, bool v) { c.has_hma = v; }),
        {"hma.url_hosts",
         [](Config& config, const std::string& text) -> Problem {
             config.fetch.hosts.clear();
             std::istringstream words(text);
             for (std::string word; words >> word;) {
                 auto host = server::parse_host_entry(word);
                 if (!host) {
                     return "expected hosts such as media.example or media.example:8443, got " +
                            word;
                 }
                 config.fetch.hosts.push_back(std::move(*host));
             }
             return std::nullopt;
         }},
        whole("hma.url_bytes", 1, kMostBytes,
              [](Config& c, std::int64_t v) { c.fetch.max_bytes = static_cast<std::uint64_t>(v); }),
        seconds("hma.url_seconds",
                [](Config& c, std::chrono::milliseconds v) { c.fetch.deadline = v; }),
    };
}

std::vector<Setting> door_settings() {
    return {
        yes_or_no("doors.validate", [](Config& c, bool v) { c.doors.has_validate = v; }),
        yes_or_no("doors.scan_blob", [](Config& c, bool v) { c.doors.has_scan_blob = v; }),
        words("doors.scan_blob_label",
              [](Config& c, const std::string& v) { c.doors.scan_blob_label = v; }),
        {"doors.clamd_listen",
         [](Config& config, const std::string& text) -> Problem {
             auto place = parse_listen(text);
             if (!place) {
                 return place.error().message;
             }
             if (!place->first.starts_with("127.") && place->first != "::1") {
                 return "this protocol asks for no key: only an address of this machine will do";
             }
             config.doors.clamd_host = place->first;
             config.doors.clamd_port = place->second;
             return std::nullopt;
         }},
        yes_or_no("doors.accept_other_files",
                  [](Config& c, bool v) { c.doors.accepts_other_files = v; }),
        yes_or_no("doors.accept_unexamined",
                  [](Config& c, bool v) { c.doors.accepts_unexamined = v; }),
    };
}

std::vector<Setting> webhook_settings() {
    return {
        {"webhook.origins",
         [](Config& config, const std::string& text) -> Problem {
             config.webhooks.origins.clear();
             std::istringstream words(text);
             for (std::string word; words >> word;) {
                 const auto url = server::parse_url(word);
                 if (!url || url->target != "/") {
                     return "expected servers such as https://hooks.example:8443, got " + word;
                 }
                 config.webhooks.origins.push_back(url->origin());
             }
             return std::nullopt;
         }},
        {"webhook.secret",
         [](Config& config, const std::string& text) -> Problem {
             constexpr std::size_t kShortest = 16;
             if (text.size() < kShortest) {
                 return "expected at least 16 bytes";
             }
             config.webhooks.secret = text;
             return std::nullopt;
         }},
        whole("webhook.attempts", 1, 10,
              [](Config& c, std::int64_t v) { c.webhooks.attempts = static_cast<int>(v); }),
        seconds("webhook.first_pause_seconds",
                [](Config& c, std::chrono::milliseconds v) { c.webhooks.first_pause = v; }),
    };
}

/// Sets a limit of the flood guard, which is watched as soon as one of them is set.
FloodLimits& flood_of(Config& config) {
    return config.flood ? *config.flood : config.flood.emplace();
}

std::vector<Setting> watch_settings() {
    return {
        whole("retro.keep_hours", 0, 8760,
              [](Config& c, std::int64_t v) { c.retro.keep_hours = v; }),
        whole("retro.bytes", 1 << 20, kMostBytes,
              [](Config& c, std::int64_t v) { c.retro.bytes = static_cast<std::uint64_t>(v); }),
        words("retro.webhook", [](Config& c, const std::string& v) { c.retro.webhook = v; }),
        whole("flood.window_seconds", 1, 86'400,
              [](Config& c, std::int64_t v) { flood_of(c).window = MediaTime::from_seconds(v); }),
        whole("flood.least_matches", 1, 1e9,
              [](Config& c, std::int64_t v) { flood_of(c).least = static_cast<std::uint64_t>(v); }),
        whole("flood.factor", 1, 1e6,
              [](Config& c, std::int64_t v) { flood_of(c).factor = static_cast<double>(v); }),
    };
}

std::vector<Setting> all_settings() {
    std::vector<Setting> all = server_settings();
    for (std::vector<Setting> more : {work_settings(), keeping_settings(), door_settings(),
                                      hma_settings(), webhook_settings(), watch_settings()}) {
        all.insert(all.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
    }
    return all;
}

/// `server.listen` as the environment calls it: `REFRAIN_SERVER_LISTEN`.
std::string environment_name(const std::string& name) {
    std::string text = "REFRAIN_";
    for (const char c : name) {
        text += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return text;
}

/// The text of a value of the file; nothing where it is of a kind that no setting has.
std::optional<std::string> text_of(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) {
        return *text;
    }
    if (const auto number = node.value_exact<std::int64_t>()) {
        return std::to_string(*number);
    }
    if (const auto number = node.value_exact<double>()) {
        return std::to_string(*number);
    }
    if (const auto is_true = node.value_exact<bool>()) {
        return *is_true ? "true" : "false";
    }
    return std::nullopt;
}

std::string place_of(const std::filesystem::path& file, const toml::source_region& where) {
    return file.string() + ":" + std::to_string(where.begin.line) + ": ";
}

/// Reads the file's settings. Adds a line to `problems` for each that is wrong.
void read_file(const std::filesystem::path& file,
               const std::vector<Setting>& settings,
               Config& config,
               std::string& problems) {
    const toml::parse_result parsed = toml::parse_file(file.native());
    if (!parsed) {
        problems += place_of(file, parsed.error().source()) +
                    std::string(parsed.error().description()) + "\n";
        return;
    }
    for (const auto& [section, content] : parsed.table()) {
        const toml::table* table = content.as_table();
        if (table == nullptr) {
            problems += place_of(file, content.source()) + std::string(section.str()) +
                        " stands outside of a section\n";
            continue;
        }
        for (const auto& [key, value] : *table) {
            const std::string name = std::string(section.str()) + "." + std::string(key.str());
            const auto known =
                std::find_if(settings.begin(), settings.end(),
                             [&](const Setting& setting) { return setting.name == name; });
            if (known == settings.end()) {
                problems += place_of(file, value.source()) + "there is no setting " + name + "\n";
                continue;
            }
            const auto text = text_of(value);
            const auto problem =
                text ? known->set(config, *text) : Problem("expected a single value");
            if (problem) {
                problems += place_of(file, value.source()) + name + ": " + *problem + "\n";
            }
        }
    }
}

}  // namespace

void Config::complete() {
    const auto inside = [this](std::filesystem::path& place, const char* name) {
        if (place.empty()) {
            place = corpus / name;
        }
    };
    inside(spool, "spool");
    inside(keys_file, "keys.json");
    inside(audit, "audit");
}

Result<std::pair<std::string, std::uint16_t>> parse_listen(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    const Error wrong{ErrorCode::kInvalidArgument, "expected HOST:PORT, got '" + text + "'"};
    if (colon == std::string::npos || colon == 0) {
        return wrong;
    }
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
        return wrong;
    }
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data() + colon + 1, end, port);
    if (failed != std::errc() || stopped != end) {
        return wrong;
    }
    return std::pair(std::move(host), port);
}

Result<Config> read_config(const ConfigSource& source) {
    Config config;
    config.server.port = 8080;
    const std::vector<Setting> settings = all_settings();
    std::string problems;
    if (!source.file.empty()) {
        std::error_code failed;
        if (!std::filesystem::is_regular_file(source.file, failed)) {
            return Error{ErrorCode::kNotFound, "there is no file " + source.file.string()};
        }
        read_file(source.file, settings, config, problems);
    }
    for (const Setting& setting : settings) {
        const std::string name = environment_name(setting.name);
        for (const auto& [key, value] : source.environment) {
            if (key != name) {
                continue;
            }
            if (const auto problem = setting.set(config, value)) {
                problems += name + ": " + *problem + "\n";
            }
        }
    }
    if (config.server.tls_certificate.empty() != config.server.tls_key.empty()) {
        problems += "server.tls_certificate and server.tls_key go together\n";
    }
    if (!config.webhooks.origins.empty() && config.webhooks.secret.empty()) {
        problems += "webhook.origins needs webhook.secret\n";
    }
    if (const std::string& address = config.retro.webhook; !address.empty()) {
        const auto url = server::parse_url(address);
        if (!url || std::ranges::find(config.webhooks.origins, url->origin()) ==
                        config.webhooks.origins.end()) {
            problems += "retro.webhook: its server is none of webhook.origins\n";
        }
    }
    if (!problems.empty()) {
        problems.pop_back();
        return Error{ErrorCode::kInvalidArgument, problems};
    }
    return config;
}

}  // namespace refrain::service

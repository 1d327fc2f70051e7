#include "service/hma/hma.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>
#include <utility>

namespace refrain::service::hma {

server::Response message(int status, const std::string& text) {
    return json_response(status, {{"message", text}});
}

server::Response message(const Error& error) {
    const server::Response as_problem = server::problem(error);
    server::Response response = message(as_problem.status, error.message);
    response.headers = as_problem.headers;
    return response;
}

std::optional<server::Response> noted(Hma& hma,
                                      const server::Request& request,
                                      audit::Fields fields) {
    if (!hma.context().note(request, std::move(fields))) {
        return std::nullopt;
    }
    return message(503, "the audit log cannot be written");
}

std::vector<server::Parameter> parameters(std::initializer_list<const char*> names) {
    static const std::map<std::string, const char*> about{
        {"banks", "names of banks, separated by commas (default: all)"},
        {"content_type", "photo or video: what `url` names"},
        {"include_distance", "true: objects with distances in place of numbers"},
        {"include_metadata", "true: with what the client keeps with it"},
        {"include_signals", "true: with its signals"},
        {"metadata", "a JSON object with content_id, content_uri or json"},
        {"note", "at most 255 characters"},
        {"signal", "64 hex digits of pdq, 32 of video_md5, a JSON list of vpdq"},
        {"signal_type", "pdq, video_md5 or vpdq"},
        {"types", "kinds of signals, separated by commas (default: all)"},
        {"url", "what to fetch in place of an upload, from hosts that the configuration names"}};
    std::vector<server::Parameter> all;
    for (const char* name : names) {
        all.push_back({name, "string", about.at(name)});
    }
    return all;
}

Hma::Hma(Context& context, std::unique_ptr<Records> records)
    : context_(context), records_(std::move(records)) {}

Result<std::unique_ptr<Hma>> Hma::open(Context& context, const std::filesystem::path& file) {
    auto records = Records::open(file);
    if (!records) {
        return records.error();
    }
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    return std::unique_ptr<Hma>(new Hma(context, std::move(records).value()));
}

server::Route Hma::route(const std::string& method,
                         const std::string& pattern,
                         std::uint32_t right,
                         const std::string& summary) const {
    server::Route route;
    route.method = method;
    route.pattern = pattern;
    route.right = right;
    route.summary = "HMA: " + summary;
    route.is_lenient = true;
    route.spell_error = [](int status, const std::string& body) {
        if (status == 413) {
            return message(status, "Content too large");
        }
        const JsonInput problem = read_json(body);
        const bool has_detail = problem.value.is_object() && problem.value.contains("detail");
        return message(status, has_detail ? problem.value["detail"].get<std::string>() : body);
    };
    return route;
}

bool Hma::is_matched(const ContentRecord& content) const {
    constexpr std::int64_t kMicroseconds = 1'000'000;
    const auto bank = records_->bank(content.bank);
    const auto type = records_->setting("signal_type", content.signal_type);
    const bool is_type_on = !type || type->get<double>() > 0;
    return (!bank || bank->enabled_ratio > 0) && is_type_on &&
           content.is_enabled(now_us() / kMicroseconds);
}

namespace {

/// As the published program writes vPDQ.
std::string vpdq_text(const Fingerprint& codes) {
    Json frames = Json::array();
    for (const FrameHash& frame : codes.frames) {
        std::array<char, 32> seconds{};
        std::snprintf(seconds.data(), seconds.size(), "%.3f", frame.time.seconds());
        frames.push_back(to_hex(frame.hash) + "," + std::to_string(frame.quality) + "," +
                         seconds.data());
    }
    return one_line(frames);
}

}  // namespace

Result<std::vector<Signal>> signals_of(Context& context,
                                       const Upload& upload,
                                       const std::stop_token& stop) {
    const auto codes = context.engine->exact_codes(upload, stop);
    if (!codes) {
        return codes.error();
    }
    if (codes->media.kind == MediaKind::kVideo || codes->frames.empty()) {
        return std::vector<Signal>{{"video_md5", to_hex(codes->media.digest.md5)},
                                   {"vpdq", vpdq_text(*codes)}};
    }
    return std::vector<Signal>{{"pdq", to_hex(codes->frames.front().hash)}};
}

std::optional<server::Response> read_types(const server::Request& request,
                                           std::set<std::string>& types) {
    types.clear();
    std::istringstream words(request.parameter("types").value_or(""));
    for (std::string type; std::getline(words, type, ',');) {
        if (std::ranges::find(kSignalTypes, type) == kSignalTypes.end()) {
            return message(400, "Unknown signal type '" + type + "'");
        }
        types.insert(type);
    }
    if (types.empty()) {
        types.insert(kSignalTypes.begin(), kSignalTypes.end());
    }
    return std::nullopt;
}

void Hma::add_routes(server::Router& router) {
    add_bank_routes(*this, router);
    add_content_routes(*this, router);
    add_match_routes(*this, router);
    add_setting_routes(*this, router);
}

}  // namespace refrain::service::hma

#include <unistd.h>

#include <utility>

#include "refrain/import.h"

#include "access/roles.h"
#include "service/context.h"
#include "service/json_input.h"
#include "service/query_input.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

/// Refusals that an answer lists; all of them are counted.
constexpr std::size_t kMostListed = 100;

/// The bytes of a spooled file from its beginning on. Holds the file.
FeedBytes bytes_of(std::shared_ptr<server::SpoolFile> file) {
    return [file = std::move(file),
            at = off_t{0}](std::span<char> room) mutable -> Result<std::size_t> {
        const ssize_t count = ::pread(file->descriptor(), room.data(), room.size(), at);
        if (count < 0) {
            return Error{ErrorCode::kUnreadable, "the spooled body cannot be read back"};
        }
        at += count;
        return static_cast<std::size_t>(count);
    };
}

std::optional<server::Response> read_options(const server::Request& request,
                                             ImportOptions& options,
                                             bool& is_dry_run) {
    const std::string format = request.parameter("format").value_or("auto");
    const auto named = feed_format_named(format);
    if (!named) {
        return server::problem(400, "invalid_argument", "format: there is no format " + format);
    }
    options.format = *named;
    options.bank = request.parameter("bank").value_or("");
    options.source = request.parameter("source").value_or("");
    options.author = {request.caller.name, request.parameter("reason").value_or("")};
    for (const auto& [name, flag] : {std::pair<const char*, bool*>{"dry_run", &is_dry_run},
                                     {"word_reversed", &options.is_word_reversed}}) {
        const std::string word = request.parameter(name).value_or("false");
        if (word != "true" && word != "false") {
            return server::problem(400, "invalid_argument",
                                   std::string(name) + ": expected true or false");
        }
        *flag = word == "true";
    }
    return read_labels(request, options.labels);
}

server::Response import(Context& context,
                        const server::Request& request,
                        const ImportOptions& options,
                        bool is_dry_run) {
    Json listed = Json::array();
    const RefusalVisitor refused = [&](const ImportRefusal& refusal) {
        if (listed.size() < kMostListed) {
            listed.push_back({{"line", refusal.line},
                              {"reason", std::string(refusal.reason)},
                              {"detail", refusal.detail}});
        }
    };
    const FeedBytes bytes = bytes_of(request.files.front().file);
    const auto counts =
        is_dry_run ? inspect_import(bytes, options, refused, request.gone)
                   : import_into(context.engine->corpus(), bytes, options, refused, request.gone);
    if (!counts) {
        return server::problem(counts.error());
    }
    if (!is_dry_run) {
        if (auto unwritten =
                context.note(request, {{"event", "import"},
                                       {"format", std::string(feed_format_name(counts->format))},
                                       {"added", std::to_string(counts->added)},
                                       {"deleted", std::to_string(counts->deleted)}})) {
            return std::move(*unwritten);
        }
    }
    if (counts->error && counts->lines == 0) {
        return server::problem(*counts->error);
    }
    Json object = read_json(to_json(ImportReport{*counts, is_dry_run})).value;
    object["refusals"] = std::move(listed);
    return json_response(200, object);
}

}  // namespace

void add_import_route(Context& context, server::Router& router) {
    server::Route route;
    route.method = "POST";
    route.pattern = "/v1/import";
    route.body = server::BodyKind::kUpload;
    route.right = access::kMayCurate;
    route.summary = "Makes known what a hash list, a feed or a bundle holds.";
    route.parameters = {{"format", "string", "as of `refrain import` (default auto)"},
                        {"bank", "string", "bank of the items"},
                        {"label", "string", "KEY=VALUE for each item; may be repeated"},
                        {"source", "string", "name of the list (default: that of its format)"},
                        {"reason", "string", "why, for the log"},
                        {"dry_run", "boolean", "count only"},
                        {"word_reversed", "boolean", "PDQ's 16-bit words are in reverse order"}};
    route.request_types = {"application/octet-stream", "text/plain", "application/json",
                           "application/xml"};
    route.success_schema = "Import";
    route.handler = [&context](const RequestPtr& request, const server::Respond& respond) {
        ImportOptions options;
        bool is_dry_run = false;
        auto refusal = read_options(*request, options, is_dry_run);
        if (!refusal && request->files.size() != 1) {
            refusal = server::problem(400, "malformed_body", "expected one file");
        }
        if (refusal) {
            respond(std::move(*refusal));
            return;
        }
        on_lane(context, server::Lane::kDesk, request, respond,
                [&context, request, respond, options, is_dry_run] {
                    respond(import(context, *request, options, is_dry_run));
                });
    };
    router.add(route);
}

}  // namespace refrain::service

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "refrain/bundle.h"

#include "access/roles.h"
#include "service/code_query.h"
#include "service/find_answer.h"
#include "service/hma/hma.h"
#include "service/media_lane.h"

namespace refrain::service::hma {

namespace {

constexpr std::size_t kLongestNote = 255;
constexpr std::int64_t kMicroseconds = 1'000'000;
constexpr std::int64_t kFiveYears = 5LL * 365 * 86'400 + 86'400;

std::optional<ContentRecord> content_of(Hma& hma, const server::Request& request) {
    const std::string text = request.path_value("id");
    std::int64_t id = 0;
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, id).ptr != end) {
        return std::nullopt;
    }
    auto content = hma.records().content(id);
    const bool is_here = content && content->bank == request.path_value("name");
    return is_here ? content : std::nullopt;
}

server::Response no_content(const server::Request& request) {
    return message(404, "content " + request.path_value("id") + " not found");
}

/// Takes `metadata` and `note` from a form or the query. @return the refusal
std::optional<server::Response> read_extras(const server::Request& request,
                                            ContentRecord& content) {
    const auto metadata =
        request.field("metadata") ? request.field("metadata") : request.parameter("metadata");
    const auto note = request.field("note") ? request.field("note") : request.parameter("note");
    if (note && note->size() > kLongestNote) {
        return message(400, "note must be at most 255 characters");
    }
    content.note = note.value_or("");
    if (!metadata || metadata->empty()) {
        return std::nullopt;
    }
    const JsonInput input = read_json(*metadata);
    if (!input.problem.empty() || !input.value.is_object()) {
        return message(400, "metadata must be a JSON object");
    }
    if (const auto problem = unknown_field(input.value, {"content_id", "content_uri", "json"})) {
        return message(400, "metadata: " + *problem);
    }
    if (input.value.contains("content_uri") && input.value["content_uri"].is_string()) {
        content.uri = input.value["content_uri"].get<std::string>();
    }
    content.metadata = input.value;
    return std::nullopt;
}

server::Response added(Hma& hma, const server::Request& request, const ContentRecord& content) {
    const auto id = hma.records().put_content(content);
    if (!id) {
        return message(id.error());
    }
    if (auto unwritten = noted(hma, request,
                               {{"event", "add"},
                                {"item", content.item},
                                {"bank", content.bank},
                                {"content", std::to_string(*id)}})) {
        return std::move(*unwritten);
    }
    return json_response(200, {{"id", *id}, {"signals", {{content.signal_type, content.signal}}}});
}

/// Of a request that has its file.
void add_file(Hma& hma,
              const RequestPtr& request,
              const server::Respond& respond,
              const ContentRecord& content) {
    const server::Lane lane = media_lane(request->files.front().file->descriptor());
    on_lane(hma.context(), lane, request, respond, [&hma, request, respond, content] {
        Context& context = hma.context();
        const auto signals = signals_of(context, upload_of(*request), request->gone);
        if (!signals) {
            respond(message(signals.error()));
            return;
        }
        ContentRecord made = content;
        made.signal_type = signals->front().type;
        made.signal = signals->front().value;
        RunControl control;
        control.stop = request->gone;
        AddRequest what;
        what.bank = made.bank;
        what.source = made.uri;
        context.engine->add(upload_of(*request), what, control,
                            [&hma, request, respond, made](const AddReport& report) mutable {
                                if (report.error) {
                                    respond(message(*report.error));
                                    return;
                                }
                                made.item = report.outcome->id;
                                respond(added(hma, *request, made));
                            });
    });
}

void add(Hma& hma, const RequestPtr& request, const server::Respond& respond) {
    ContentRecord content;
    content.bank = request->path_value("name");
    if (!hma.records().bank(content.bank)) {
        respond(message(404, "bank '" + content.bank + "' not found"));
        return;
    }
    content.uri = request->parameter("url").value_or("");
    if (auto refusal = read_extras(*request, content)) {
        respond(std::move(*refusal));
        return;
    }
    with_medium(hma, request, respond,
                [&hma, request, respond, content] { add_file(hma, request, respond, content); });
}

/// The entry of `{"pdq":HEX}`, `{"video_md5":HEX}` or `{"vpdq":[...] or its text}`.
Result<FeedEntry> entry_of(const Json& object, ContentRecord& content) {
    const Error wrong{ErrorCode::kInvalidArgument,
                      "expected one signal: pdq of 64 hex digits, video_md5 of 32, or vpdq"};
    for (const char* type : kSignalTypes) {
        content.signal_type =
            object.is_object() && object.contains(type) ? type : content.signal_type;
    }
    const Json value = content.signal_type.empty() ? Json() : object[content.signal_type];
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (content.signal_type == "vpdq") {
        const Json frames = value.is_string() ? read_json(text).value : value;
        content.signal = one_line(frames);
        return frames.is_array() ? vpdq_entry(frames) : wrong;
    }
    FeedEntry entry;
    if (content.signal_type == "pdq") {
        const auto code = hash256_from_hex(text);
        entry.kind = SignalKind::kPdq;
        entry.pdq = code.value_or(Hash256());
        content.signal = to_hex(entry.pdq);
        return code ? Result<FeedEntry>(entry) : wrong;
    }
    const auto digest = text.size() == 32 ? digest_query(text) : std::nullopt;
    if (!digest) {
        return wrong;
    }
    entry.kind = SignalKind::kMd5;
    std::ranges::copy(digest->media.digest.md5, entry.digest.begin());
    content.signal = to_hex(digest->media.digest.md5);
    return entry;
}

/// Makes a signal known that comes without its medium.
void add_signal(Hma& hma, const RequestPtr& request, const server::Respond& respond) {
    ContentRecord content;
    content.bank = request->path_value("name");
    if (!hma.records().bank(content.bank)) {
        respond(message(404, "bank '" + content.bank + "' not found"));
        return;
    }
    const JsonInput input = read_json(request->body);
    const auto entry = entry_of(input.value, content);
    if (!entry) {
        respond(message(400, entry.error().message));
        return;
    }
    if (input.value.contains("note") && input.value["note"].is_string()) {
        content.note = input.value["note"].get<std::string>().substr(0, kLongestNote);
    }
    auto item = hash_only_item(*entry);
    if (!item) {
        respond(message(item.error()));
        return;
    }
    item->bank = content.bank;
    item->name = content.signal_type + ":" + content.signal.substr(0, kLongestNote);
    hma.context().engine->commit(
        std::move(item).value(), {request->caller.name, {}}, {},
        [&hma, request, respond, content](const AddReport& report) mutable {
            if (report.error) {
                respond(message(*report.error));
                return;
            }
            content.item = report.outcome->id;
            respond(added(hma, *request, content));
        });
}

bool is_wanted(const server::Request& request, const char* name) {
    const auto value = request.parameter(name);
    return value && (*value == "true" || *value == "True" || *value == "1");
}

server::Response show(Hma& hma, const server::Request& request) {
    const auto content = content_of(hma, request);
    if (!content) {
        return no_content(request);
    }
    const auto bank = hma.records().bank(content->bank);
    Json object = {
        {"id", content->id},
        {"disable_until_ts", content->disable_until},
        {"original_media_uri", content->uri.empty() ? Json(nullptr) : Json(content->uri)},
        {"bank",
         {{"name", content->bank}, {"matching_enabled_ratio", bank ? bank->enabled_ratio : 1.0}}}};
    if (!content->note.empty()) {
        object["note"] = content->note;
    }
    if (is_wanted(request, "include_metadata") && content->metadata.is_object()) {
        object["metadata"] = content->metadata;
    }
    if (is_wanted(request, "include_signals") && !content->signal.empty()) {
        object["signals"] = {{content->signal_type, content->signal}};
    }
    return json_response(200, object);
}

server::Response change(Hma& hma, const server::Request& request) {
    auto content = content_of(hma, request);
    if (!content) {
        return no_content(request);
    }
    const JsonInput input = read_json(request.body);
    if (!input.value.is_object()) {
        return message(400, "expected a JSON object");
    }
    if (input.value.contains("disable_until_ts")) {
        const Json& until = input.value["disable_until_ts"];
        const std::int64_t now = now_us() / kMicroseconds;
        if (!until.is_number_integer() || until.get<std::int64_t>() < 0 ||
            until.get<std::int64_t>() > now + kFiveYears) {
            return message(400, "disable_until_ts must be 0, 1, or a time within five years");
        }
        content->disable_until = until.get<std::int64_t>();
    }
    if (input.value.contains("note")) {
        const Json& note = input.value["note"];
        if (!note.is_string() || note.get<std::string>().size() > kLongestNote) {
            return message(400, "note must be at most 255 characters");
        }
        content->note = note.get<std::string>();
    }
    if (const auto kept = hma.records().put_content(*content); !kept) {
        return message(kept.error());
    }
    auto unwritten = noted(hma, request,
                           {{"event", "edit"},
                            {"item", content->item},
                            {"content", std::to_string(content->id)},
                            {"disable_until_ts", std::to_string(content->disable_until)},
                            {"note", content->note}});
    return unwritten ? std::move(*unwritten) : show(hma, request);
}

server::Response drop(Hma& hma, const server::Request& request) {
    const auto content = content_of(hma, request);
    if (!content) {
        return json_response(200, {{"deleted", 0}});
    }
    if (hma.records().contents_of(content->item).size() == 1) {
        const auto removed = hma.context().engine->corpus().remove(std::span(&content->item, 1));
        if (!removed) {
            return message(removed.error());
        }
    }
    if (const auto dropped = hma.records().drop_content(content->id); !dropped) {
        return message(dropped.error());
    }
    auto unwritten = noted(
        hma, request,
        {{"event", "remove"}, {"item", content->item}, {"content", std::to_string(content->id)}});
    return unwritten ? std::move(*unwritten) : json_response(200, {{"deleted", 1}});
}

}  // namespace

void add_content_routes(Hma& hma, server::Router& router) {
    Context& context = hma.context();
    auto made = hma.route("POST", "/c/bank/{name}/content", access::kMayCurate, "adds content");
    made.body = server::BodyKind::kTextOrForm;
    made.request_types = {"multipart/form-data"};
    made.form_schema = "HmaFile";
    made.parameters = parameters({"url", "content_type", "metadata", "note"});
    made.handler = [&hma](const RequestPtr& request, const server::Respond& respond) {
        add(hma, request, respond);
    };
    // A request with `url` has no body at all, so a length is not demanded.
    router.add(made);
    auto signal = hma.route("POST", "/c/bank/{name}/signal", access::kMayCurate, "adds a code");
    signal.body = server::BodyKind::kText;
    signal.request_types = {"application/json"};
    signal.json_schema = "HmaSignal";
    signal.handler = [&hma](const RequestPtr& request, const server::Respond& respond) {
        add_signal(hma, request, respond);
    };
    router.add(signal);
    const std::string one = "/c/bank/{name}/content/{id}";
    auto shown = hma.route("GET", one, access::kMayMatch, "one piece of content");
    shown.parameters = parameters({"include_metadata", "include_signals"});
    shown.handler =
        at_desk(context, [&hma](const RequestPtr& request) { return show(hma, *request); });
    router.add(shown);
    auto changed = hma.route("PUT", one, access::kMayCurate, "disables, enables or notes content");
    changed.body = server::BodyKind::kText;
    changed.request_types = {"application/json"};
    changed.json_schema = "HmaContentChange";
    changed.handler =
        at_desk(context, [&hma](const RequestPtr& request) { return change(hma, *request); });
    router.add(changed);
    auto dropped = hma.route("DELETE", one, access::kMayCurate, "drops content");
    dropped.handler =
        at_desk(context, [&hma](const RequestPtr& request) { return drop(hma, *request); });
    router.add(dropped);
}

}  // namespace refrain::service::hma

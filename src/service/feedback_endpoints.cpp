#include <algorithm>
#include <utility>

#include "access/roles.h"
#include "service/context.h"
#include "service/json_input.h"
#include "service/query_input.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

constexpr std::size_t kLongestNote = 1000;
constexpr std::string_view kRight = "true_positive";
constexpr std::string_view kWrong = "false_positive";

bool is_digest(const std::string& text) {
    constexpr std::size_t kDigits = 64;
    return text.size() == kDigits &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The text of a field; empty where it is absent. @return false: it is there and no text
bool read_text(const Json& object, const char* name, std::string& text) {
    const auto found = object.find(name);
    if (found == object.end()) {
        return true;
    }
    if (!found->is_string()) {
        return false;
    }
    text = found->get<std::string>();
    return true;
}

/// Reads `{"item", "verdict", "job"?, "sha256"?, "note"?}`.
std::optional<server::Response> read_feedback(Context& context,
                                              const server::Request& request,
                                              Feedback& feedback) {
    const auto wrong = [](const std::string& detail) {
        return server::problem(400, "invalid_argument", detail);
    };
    const JsonInput input = read_json(request.body);
    if (!input.problem.empty() || !input.value.is_object()) {
        return server::problem(400, "malformed_body",
                               input.problem.empty() ? "expected an object" : input.problem);
    }
    if (const auto problem =
            unknown_field(input.value, {"item", "verdict", "job", "sha256", "note"})) {
        return server::problem(400, "unknown_field", *problem);
    }
    std::string verdict;
    std::string job;
    if (!read_text(input.value, "item", feedback.item) ||
        !read_text(input.value, "verdict", verdict) || !read_text(input.value, "job", job) ||
        !read_text(input.value, "sha256", feedback.query_sha256) ||
        !read_text(input.value, "note", feedback.note)) {
        return wrong("every field is a text");
    }
    if (verdict != kRight && verdict != kWrong) {
        return wrong("verdict: true_positive or false_positive");
    }
    if (feedback.note.size() > kLongestNote) {
        return wrong("note: at most 1000 bytes");
    }
    if (!job.empty()) {
        const auto view = visible_job(context, request, job);
        if (!view || !view->report || !view->report->media) {
            return server::problem(404, "unknown_id", "there is no job " + job);
        }
        feedback.query_sha256 = to_hex(view->report->media->digest.sha256);
    }
    if (!feedback.query_sha256.empty() && !is_digest(feedback.query_sha256)) {
        return wrong("sha256: 64 hex digits");
    }
    feedback.is_right = verdict == kRight;
    return std::nullopt;
}

Json json_of(const Feedback& feedback) {
    return {{"schema", "refrain.said/1"},      {"item", feedback.item},
            {"sha256", feedback.query_sha256}, {"verdict", feedback.is_right ? kRight : kWrong},
            {"note", feedback.note},           {"by", feedback.by},
            {"at_us", feedback.at_us}};
}

server::Response add(Context& context, const server::Request& request) {
    Feedback feedback;
    if (auto refusal = read_feedback(context, request, feedback)) {
        return std::move(*refusal);
    }
    if (const auto item = context.engine->item(feedback.item); !item) {
        return server::problem(item.error());
    }
    feedback.by = request.caller.name;
    feedback.at_us = now_us();
    if (const auto kept = context.feedback->add(feedback); !kept) {
        return server::problem(kept.error());
    }
    const std::string verdict(feedback.is_right ? kRight : kWrong);
    context.metrics.count("refrain_feedback_total", "verdict=\"" + verdict + "\"");
    if (auto unwritten = context.note(request, {{"event", "feedback"},
                                                {"item", feedback.item},
                                                {"sha256", feedback.query_sha256},
                                                {"verdict", verdict}})) {
        return std::move(*unwritten);
    }
    return json_response(201, json_of(feedback));
}

server::Response show(Context& context, const server::Request& request) {
    const std::string item = request.parameter("item").value_or("");
    const FeedbackOfItem said = context.feedback->of(item);
    Json object = {{"schema", "refrain.feedback/1"},
                   {"item", item},
                   {kRight, said.right},
                   {kWrong, said.wrong},
                   {"latest", Json::array()}};
    for (const Feedback& feedback : said.latest) {
        object["latest"].push_back(json_of(feedback));
    }
    return json_response(200, object);
}

}  // namespace

void add_feedback_routes(Context& context, server::Router& router) {
    server::Route route;
    route.pattern = "/v1/feedback";
    route.method = "POST";
    route.body = server::BodyKind::kText;
    route.right = access::kMayMatch;
    route.summary = "Says whether a match was right; kept with the item that matched.";
    route.request_types = {"application/json"};
    route.json_schema = "NewFeedback";
    route.success = 201;
    route.success_schema = "Said";
    route.handler =
        at_desk(context, [&context](const RequestPtr& request) { return add(context, *request); });
    router.add(route);

    server::Route shown;
    shown.pattern = "/v1/feedback";
    shown.method = "GET";
    shown.right = access::kMayMatch;
    shown.summary = "What was said of the matches of an item: counts, and the latest hundred.";
    shown.parameters = {{"item", "string", "id of the item", true}};
    shown.success_schema = "Feedback";
    shown.handler =
        at_desk(context, [&context](const RequestPtr& request) { return show(context, *request); });
    router.add(shown);
}

}  // namespace refrain::service

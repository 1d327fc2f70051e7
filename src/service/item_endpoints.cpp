#include <span>
#include <utility>

#include "access/roles.h"
#include "service/context.h"
#include "service/find_answer.h"
#include "service/item_filter.h"
#include "service/json_input.h"
#include "service/media_lane.h"
#include "service/query_input.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

constexpr long kMostListed = 1000;
constexpr std::size_t kLongestName = 255;

server::Response add_response(Context& context,
                              const server::Request& request,
                              const AddReport& report) {
    if (report.error) {
        return server::problem(*report.error);
    }
    const bool is_new = report.outcome->status == AddStatus::kAdded;
    context.metrics.count("refrain_items_total", is_new ? "change=\"added\"" : "change=\"exists\"");
    audit::Fields fields{
        {"event", is_new ? "add" : "exists"}, {"item", report.outcome->id}, {"bank", report.bank}};
    if (report.media) {
        fields.emplace_back("sha256", to_hex(report.media->digest.sha256));
    }
    if (auto unwritten = context.note(request, std::move(fields))) {
        return std::move(*unwritten);
    }
    server::Response response;
    response.status = is_new ? 201 : 200;
    response.headers.emplace_back("Location", "/v1/items/" + report.outcome->id);
    response.body = to_json(report);
    return response;
}

void add(Context& context, const RequestPtr& request, const server::Respond& respond) {
    AddRequest what;
    what.bank = request->parameter("bank").value_or("default");
    what.id = request->parameter("id").value_or("");
    what.source = request->parameter("source").value_or("");
    what.author = {request->caller.name, request->parameter("reason").value_or("")};
    auto refusal = check_upload(*request);
    refusal = refusal ? refusal : read_labels(*request, what.labels);
    if (!refusal &&
        (what.bank.empty() || what.bank.size() > kLongestName || what.id.size() > kLongestName)) {
        refusal = server::problem(400, "invalid_argument", "bank, id: 1 to 255 bytes");
    }
    refusal = refusal ? refusal : context.idempotency.begin(*request);
    if (refusal) {
        respond(std::move(*refusal));
        return;
    }
    const server::Respond kept = [&context, request, respond](server::Response response) {
        context.idempotency.finish(*request, response);
        respond(std::move(response));
    };
    const server::Lane lane = media_lane(request->files.front().file->descriptor());
    on_lane(context, lane, request, kept, [&context, request, kept, what] {
        RunControl control;
        control.stop = request->gone;
        context.engine->add(upload_of(*request), what, control,
                            [&context, request, kept](const AddReport& report) {
                                kept(add_response(context, *request, report));
                            });
    });
}

server::Response list(Context& context, const server::Request& request) {
    long limit = 100;
    if (auto refusal = read_whole(request, "limit", {1, kMostListed}, limit)) {
        return std::move(*refusal);
    }
    ItemFilter filter;
    if (auto refusal = read_item_filter(request, filter)) {
        return std::move(*refusal);
    }
    const auto page = context.engine->corpus().list(filter, ItemOrder::kId,
                                                    request.parameter("after").value_or(""),
                                                    static_cast<std::size_t>(limit));
    if (!page) {
        return server::problem(page.error());
    }
    Json object = {{"schema", "refrain.items/1"}, {"items", Json::array()}};
    for (const ItemSummary& item : page->items) {
        object["items"].push_back(read_json(to_json(item)).value);
    }
    object["damaged"] = Json::array();
    for (const Damage& damage : page->damaged) {
        object["damaged"].push_back({{"id", damage.id}, {"problem", damage.problem}});
    }
    object["next"] = page->next.empty() ? Json(nullptr) : Json(page->next);
    return json_response(200, object);
}

server::Response remove(Context& context, const server::Request& request) {
    RemoveReport report;
    report.id = request.path_value("id");
    const auto removed = context.engine->corpus().remove(
        std::span(&report.id, 1), {request.caller.name, request.parameter("reason").value_or("")});
    if (!removed) {
        return server::problem(removed.error());
    }
    if (!removed->front()) {
        return server::problem(404, "unknown_id", "no item has the id " + report.id);
    }
    report.was_known = true;
    context.metrics.count("refrain_items_total", "change=\"removed\"");
    if (auto unwritten = context.note(request, {{"event", "remove"}, {"item", report.id}})) {
        return std::move(*unwritten);
    }
    server::Response response;
    response.body = to_json(report);
    return response;
}

}  // namespace

void add_item_routes(Context& context, server::Router& router) {
    server::Route all;
    all.pattern = "/v1/items";
    all.method = "POST";
    all.body = server::BodyKind::kUpload;
    all.right = access::kMayCurate;
    all.summary = "Makes a medium known. The same bytes in the same bank are kept once.";
    all.parameters = {{"bank", "string", "bank to add to (default: default)"},
                      {"label", "string", "KEY=VALUE to keep with it; may be repeated"},
                      {"id", "string", "id of the item (default: made of bank and bytes)"},
                      {"name", "string", "what it is called in matches"},
                      {"source", "string", "where it came from"},
                      {"reason", "string", "why, for the log"}};
    all.request_types = {"application/octet-stream", "multipart/form-data"};
    all.success = 201;
    all.success_schema = "Add";
    all.other_successes = {{200, "the bank held these bytes before", "Add"}};
    all.handler = [&context](const RequestPtr& request, const server::Respond& respond) {
        add(context, request, respond);
    };
    router.add(all);

    server::Route listed;
    listed.pattern = "/v1/items";
    listed.method = "GET";
    listed.right = access::kMayMatch;
    listed.summary = "Items by id, a page at a time.";
    listed.parameters = {{"limit", "integer", "most items of the page, 1 to 1000 (default 100)"},
                         {"after", "string", "`next` of the page before"}};
    for (server::Parameter& parameter : item_filter_parameters()) {
        listed.parameters.push_back(std::move(parameter));
    }
    listed.success_schema = "Items";
    listed.handler =
        at_desk(context, [&context](const RequestPtr& request) { return list(context, *request); });
    router.add(listed);

    server::Route one;
    one.pattern = "/v1/items/{id}";
    one.method = "DELETE";
    one.right = access::kMayCurate;
    one.summary = "Drops an item.";
    one.parameters = {{"reason", "string", "why, for the log"}};
    one.success_schema = "Remove";
    one.handler = at_desk(
        context, [&context](const RequestPtr& request) { return remove(context, *request); });
    router.add(one);
}

}  // namespace refrain::service

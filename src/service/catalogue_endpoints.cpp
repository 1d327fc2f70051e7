#include <chrono>
#include <span>
#include <utility>

#include "access/roles.h"
#include "service/context.h"
#include "service/json_input.h"
#include "service/query_input.h"
#include "service/utc_time.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;
using Refusal = std::optional<server::Response>;

constexpr std::size_t kLongestText = 1000;

Refusal wrong(const std::string& detail) {
    return server::problem(400, "invalid_argument", detail);
}

/// Reads a body that is an object with none but these fields.
Refusal read_object(const server::Request& request,
                    std::initializer_list<std::string_view> known,
                    Json& object) {
    JsonInput input = read_json(request.body);
    if (!input.problem.empty() || !input.value.is_object()) {
        return server::problem(400, "malformed_body",
                               input.problem.empty() ? "expected an object" : input.problem);
    }
    if (const auto problem = unknown_field(input.value, known)) {
        return server::problem(400, "unknown_field", *problem);
    }
    object = std::move(input.value);
    return std::nullopt;
}

/// What an entry of the audit log says of a change: the object that asked for it.
std::string noted_change(const server::Request& request) {
    constexpr std::size_t kLongest = 2000;
    return one_line(read_json(request.body).value).substr(0, kLongest);
}

/// The text of a field, if it is there. `was_wrong`: it is there, and no text of a decent length.
std::optional<std::string> text_of(const Json& object, const char* name, Refusal& was_wrong) {
    const auto found = object.find(name);
    if (found == object.end()) {
        return std::nullopt;
    }
    if (!found->is_string() || found->get_ref<const std::string&>().size() > kLongestText) {
        was_wrong = wrong(std::string(name) + ": expected a text of at most 1000 bytes");
        return std::nullopt;
    }
    return found->get<std::string>();
}

Refusal read_labels_of(const Json& object, ItemEdit& edit) {
    const auto labels = object.find("labels");
    if (labels == object.end()) {
        return std::nullopt;
    }
    if (!labels->is_object()) {
        return wrong("labels: expected an object of texts; null drops a label");
    }
    for (const auto& [key, value] : labels->items()) {
        if (key.empty() || (!value.is_null() && !value.is_string())) {
            return wrong("labels: expected an object of texts; null drops a label");
        }
        edit.labels[key] = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
    }
    return std::nullopt;
}

/// `disabled_until`: a time, `forever`, or null for what is searched again.
Refusal read_disabled(const Json& object, ItemEdit& edit) {
    const auto until = object.find("disabled_until");
    if (until == object.end()) {
        return std::nullopt;
    }
    if (until->is_null()) {
        edit.is_searched = Switch::kEnable;
        return std::nullopt;
    }
    const std::string text = until->is_string() ? until->get<std::string>() : "";
    const auto time = text == "forever" ? std::optional(kForever) : parse_utc_time(text);
    if (!time) {
        return wrong("disabled_until: a time such as 2026-01-31T12:00:00Z, forever or null");
    }
    edit.is_searched = Switch::kDisable;
    edit.until_us = *time;
    return std::nullopt;
}

Refusal read_edit(const server::Request& request, ItemEdit& edit, Author& author) {
    Json object;
    auto refusal =
        read_object(request, {"labels", "bank", "disabled_until", "reason", "revision"}, object);
    refusal = refusal ? refusal : read_labels_of(object, edit);
    refusal = refusal ? refusal : read_disabled(object, edit);
    if (!refusal) {
        edit.bank = text_of(object, "bank", refusal);
        author.reason = text_of(object, "reason", refusal).value_or("");
    }
    if (const auto revision = object.find("revision"); !refusal && revision != object.end()) {
        if (!revision->is_number_unsigned()) {
            return wrong("revision: a whole number, as the item shows it");
        }
        edit.if_revision = revision->get<std::uint64_t>();
    }
    return refusal;
}

server::Response details_response(Context& context, const std::string& id) {
    const auto details = context.engine->corpus().details(id);
    if (!details) {
        return server::problem(details.error());
    }
    if (!*details) {
        return server::problem(404, "unknown_id", "no item has the id " + id);
    }
    server::Response response;
    response.body = to_json(**details);
    return response;
}

server::Response edit_item(Context& context, const server::Request& request) {
    ItemEdit edit;
    edit.id = request.path_value("id");
    Author author{request.caller.name, {}};
    if (auto refusal = read_edit(request, edit, author)) {
        return std::move(*refusal);
    }
    const auto outcomes = context.engine->corpus().edit(std::span(&edit, 1), author);
    if (!outcomes) {
        return server::problem(outcomes.error());
    }
    switch (outcomes->front().status) {
        case EditStatus::kUnknown:
            return server::problem(404, "unknown_id", "no item has the id " + edit.id);
        case EditStatus::kStale:
            return server::problem(409, "stale", "the item has another revision");
        case EditStatus::kTaken:
            return server::problem(409, "id_taken", "the other bank holds the same bytes");
        case EditStatus::kUnchanged:
            return details_response(context, edit.id);
        case EditStatus::kChanged:
            break;
    }
    context.metrics.count("refrain_items_total", "change=\"edited\"");
    if (auto unwritten = context.note(request, {{"event", "edit"},
                                                {"item", edit.id},
                                                {"change", noted_change(request)},
                                                {"reason", author.reason}})) {
        return std::move(*unwritten);
    }
    return details_response(context, edit.id);
}

template <typename Word, typename Named>
Refusal read_word(const Json& object,
                  const char* name,
                  Named named,
                  const char* expected,
                  std::optional<Word>& word) {
    Refusal refusal;
    if (const auto text = text_of(object, name, refusal)) {
        word = named(*text);
        if (!word) {
            return wrong(std::string(name) + ": " + expected);
        }
    }
    return refusal;
}

Refusal read_bank_edit(const Json& object, BankEdit& edit, Author& author) {
    auto refusal = read_word(object, "mode", bank_mode_named, "enforce, shadow or off", edit.mode);
    refusal =
        refusal ? refusal : read_word(object, "kind", bank_kind_named, "deny or allow", edit.kind);
    if (!refusal) {
        edit.note = text_of(object, "note", refusal);
        author.reason = text_of(object, "reason", refusal).value_or("");
    }
    if (const auto score = object.find("min_score"); !refusal && score != object.end()) {
        edit.drops_min_score = score->is_null();
        if (!score->is_null() && (!score->is_number() || score->get<double>() < 0)) {
            return wrong("min_score: a number from 0 on, or null");
        }
        if (!score->is_null()) {
            edit.min_score = score->get<double>();
        }
    }
    return refusal;
}

/// A bank with its settings and how much it holds.
Json bank_json(const BankSettings& settings, const std::vector<BankStats>& counts) {
    Json object = read_json(to_json(settings)).value;
    object["items"] = 0;
    object["frames"] = 0;
    for (const BankStats& bank : counts) {
        if (bank.bank == settings.name) {
            object["items"] = bank.items;
            object["frames"] = bank.frames;
        }
    }
    return object;
}

/// One bank, or all of them where `wanted` is empty.
server::Response banks(Context& context, const std::string& wanted, int status = 200) {
    const auto settings = context.engine->corpus().bank_settings();
    const auto counted = context.engine->corpus().stats();
    if (!settings || !counted) {
        return server::problem(settings ? counted.error() : settings.error());
    }
    Json object = {{"schema", "refrain.banks/1"}, {"banks", Json::array()}};
    for (const BankSettings& bank : *settings) {
        const Json one = bank_json(bank, counted->banks);
        if (bank.name == wanted) {
            return json_response(status, one);
        }
        object["banks"].push_back(one);
    }
    return wanted.empty() ? json_response(status, object)
                          : server::problem(404, "unknown_bank", "there is no bank " + wanted);
}

server::Response set_bank(Context& context,
                          const server::Request& request,
                          const std::string& name,
                          const BankEdit& edit,
                          const Author& author,
                          int status) {
    const auto changed = context.engine->corpus().set_bank(name, edit, author);
    if (!changed) {
        return server::problem(changed.error());
    }
    if (*changed) {
        if (auto unwritten = context.note(request, {{"event", "bank"},
                                                    {"bank", name},
                                                    {"change", noted_change(request)},
                                                    {"reason", author.reason}})) {
            return std::move(*unwritten);
        }
    }
    return banks(context, name, status);
}

server::Response make_bank(Context& context, const server::Request& request) {
    Json object;
    if (auto refusal =
            read_object(request, {"bank", "mode", "kind", "min_score", "note", "reason"}, object)) {
        return std::move(*refusal);
    }
    BankEdit edit;
    Author author{request.caller.name, {}};
    Refusal refusal;
    const auto name = text_of(object, "bank", refusal);
    refusal = refusal ? refusal : read_bank_edit(object, edit, author);
    if (refusal) {
        return std::move(*refusal);
    }
    if (!name || name->empty()) {
        return *wrong("bank: the name of the bank to make");
    }
    // So that a bank without any other setting is made, too.
    edit.mode = edit.mode.value_or(BankMode::kEnforce);
    return set_bank(context, request, *name, edit, author, 201);
}

server::Response edit_bank(Context& context, const server::Request& request) {
    const std::string name = request.path_value("name");
    if (const auto known = context.engine->corpus().check_banks(std::span(&name, 1)); !known) {
        return server::problem(known.error());
    }
    Json object;
    BankEdit edit;
    Author author{request.caller.name, {}};
    auto refusal = read_object(request, {"mode", "kind", "min_score", "note", "reason"}, object);
    refusal = refusal ? refusal : read_bank_edit(object, edit, author);
    return refusal ? std::move(*refusal) : set_bank(context, request, name, edit, author, 200);
}

/// Removes what the bank holds, and switches it off. Its name stays: the log speaks of it.
server::Response empty_bank(Context& context, const server::Request& request) {
    constexpr std::size_t kPage = 1000;
    const std::string name = request.path_value("name");
    Corpus& corpus = context.engine->corpus();
    if (const auto known = corpus.check_banks(std::span(&name, 1)); !known) {
        return server::problem(known.error());
    }
    const Author author{request.caller.name, request.parameter("reason").value_or("")};
    ItemFilter filter;
    filter.banks = {name};
    std::uint64_t removed = 0;
    for (std::string after; !request.gone.stop_requested();) {
        const auto page = corpus.list(filter, ItemOrder::kId, after, kPage);
        if (!page) {
            return server::problem(page.error());
        }
        std::vector<std::string> ids;
        for (const ItemSummary& item : page->items) {
            ids.push_back(item.id);
        }
        const auto gone = corpus.remove(ids, author);
        if (!gone) {
            return server::problem(gone.error());
        }
        removed += ids.size();
        after = page->next;
        if (after.empty()) {
            break;
        }
    }
    BankEdit edit;
    edit.mode = BankMode::kOff;
    if (const auto changed = corpus.set_bank(name, edit, author); !changed) {
        return server::problem(changed.error());
    }
    if (auto unwritten = context.note(
            request,
            {{"event", "remove_bank"}, {"bank", name}, {"items", std::to_string(removed)}})) {
        return std::move(*unwritten);
    }
    return json_response(
        200, {{"schema", "refrain.removed_bank/1"}, {"bank", name}, {"removed", removed}});
}

server::Response log(Context& context, const server::Request& request) {
    constexpr long kMost = 10'000;
    long limit = 100;
    long after = 0;
    auto refusal = read_whole(request, "limit", {1, kMost}, limit);
    refusal = refusal ? refusal : read_whole(request, "after", {0, INT64_MAX}, after);
    if (refusal) {
        return std::move(*refusal);
    }
    const auto entries = context.engine->corpus().log(static_cast<std::uint64_t>(after),
                                                      static_cast<std::size_t>(limit));
    if (!entries) {
        return server::problem(entries.error());
    }
    Json object = {{"schema", "refrain.log_page/1"}, {"entries", Json::array()}};
    for (const LogEntry& entry : *entries) {
        object["entries"].push_back(read_json(to_json(entry)).value);
    }
    const bool is_full = entries->size() == static_cast<std::size_t>(limit);
    object["next"] = is_full ? Json(entries->back().sequence) : Json(nullptr);
    return json_response(200, object);
}

server::Route desk_route(Context& context,
                         const char* method,
                         const char* pattern,
                         std::uint32_t right,
                         server::Response (*answer)(Context&, const server::Request&)) {
    server::Route route;
    route.method = method;
    route.pattern = pattern;
    route.right = right;
    if (route.method == "POST" || route.method == "PATCH") {
        route.body = server::BodyKind::kText;
        route.request_types = {"application/json"};
    }
    route.handler = at_desk(context, [&context, answer](const RequestPtr& request) {
        return answer(context, *request);
    });
    return route;
}

void add_bank_routes(Context& context, server::Router& router) {
    server::Route all =
        desk_route(context, "GET", "/v1/banks", access::kMayMatch,
                   [](Context& at, const server::Request&) { return banks(at, ""); });
    all.summary = "Banks: their settings, and how much they hold.";
    all.success_schema = "Banks";
    router.add(all);

    server::Route one = desk_route(context, "GET", "/v1/banks/{name}", access::kMayMatch,
                                   [](Context& at, const server::Request& request) {
                                       return banks(at, request.path_value("name"));
                                   });
    one.summary = "One bank.";
    one.success_schema = "Bank";
    router.add(one);

    server::Route made = desk_route(context, "POST", "/v1/banks", access::kMayCurate, make_bank);
    made.summary = "Makes a bank, or sets what holds in one.";
    made.json_schema = "NewBank";
    made.success = 201;
    made.success_schema = "Bank";
    router.add(made);

    server::Route edited =
        desk_route(context, "PATCH", "/v1/banks/{name}", access::kMayCurate, edit_bank);
    edited.summary = "Changes settings of a bank; what is not named stays.";
    edited.json_schema = "BankChange";
    edited.success_schema = "Bank";
    router.add(edited);

    server::Route gone =
        desk_route(context, "DELETE", "/v1/banks/{name}", access::kMayCurate, empty_bank);
    gone.summary = "Drops all items of a bank and switches it off.";
    gone.parameters = {{"reason", "string", "why, for the log"}};
    gone.success_schema = "RemovedBank";
    router.add(gone);
}

}  // namespace

void add_catalogue_routes(Context& context, server::Router& router) {
    add_bank_routes(context, router);

    server::Route shown = desk_route(context, "GET", "/v1/items/{id}", access::kMayMatch,
                                     [](Context& at, const server::Request& request) {
                                         return details_response(at, request.path_value("id"));
                                     });
    shown.summary = "One item, with what sources say of it.";
    shown.success_schema = "Item";
    router.add(shown);

    server::Route edited =
        desk_route(context, "PATCH", "/v1/items/{id}", access::kMayCurate, edit_item);
    edited.summary =
        "Changes labels, bank and whether an item is searched; `revision` guards against others.";
    edited.json_schema = "ItemChange";
    edited.success_schema = "Item";
    router.add(edited);

    server::Route logged = desk_route(context, "GET", "/v1/log", access::kMayAudit, log);
    logged.summary = "The log of changes, the oldest entry first.";
    logged.parameters = {{"after", "integer", "entries after this number (default 0)"},
                         {"limit", "integer", "most entries, 1 to 10000 (default 100)"}};
    logged.success_schema = "Log";
    router.add(logged);
}

}  // namespace refrain::service

#include <charconv>
#include <span>

#include "access/roles.h"
#include "service/hma/hma.h"

namespace refrain::service::hma {

namespace {

server::Response bank_response(int status, const BankRecord& bank) {
    return json_response(status,
                         {{"matching_enabled_ratio", bank.enabled_ratio}, {"name", bank.name}});
}

bool is_bank_name(const std::string& name) {
    const auto is_upper = [](char c) {
        return c >= 'A' && c <= 'Z';
    };
    const auto is_digit = [](char c) {
        return c >= '0' && c <= '9';
    };
    if (name.empty() || name.size() > 255 || is_digit(name.front())) {
        return false;
    }
    for (const char c : name) {
        if (!is_upper(c) && !is_digit(c) && c != '_') {
            return false;
        }
    }
    return true;
}

/// A ratio that is a number, or a number in text, as one client sends it.
std::optional<double> ratio_of(const Json& value) {
    double ratio = -1;
    if (value.is_number()) {
        ratio = value.get<double>();
    } else if (value.is_string()) {
        const auto text = value.get<std::string>();
        const char* end = text.data() + text.size();
        if (std::from_chars(text.data(), end, ratio).ptr != end) {
            return std::nullopt;
        }
    }
    return ratio >= 0 && ratio <= 1 ? std::optional(ratio) : std::nullopt;
}

std::optional<bool> truth_of(const Json& value) {
    if (value.is_boolean()) {
        return value.get<bool>();
    }
    if (value == "true" || value == "false") {
        return value == "true";
    }
    return std::nullopt;
}

/// Takes `enabled` and the ratio from a request. @return the refusal
std::optional<server::Response> read_ratio(const Json& object, BankRecord& bank) {
    if (object.contains("enabled")) {
        const auto is_enabled = truth_of(object["enabled"]);
        if (!is_enabled) {
            return message(400, "enabled must be true or false");
        }
        bank.enabled_ratio = *is_enabled ? 1 : 0;
    }
    for (const char* name : {"enabled_ratio", "matching_enabled_ratio"}) {
        const bool is_off = object.contains("enabled") && bank.enabled_ratio == 0;
        if (object.contains(name) && !is_off) {
            const auto ratio = ratio_of(object[name]);
            if (!ratio) {
                return message(400, std::string(name) + " must be a number from 0 to 1");
            }
            bank.enabled_ratio = *ratio;
        }
    }
    return std::nullopt;
}

server::Response create(Hma& hma, const server::Request& request) {
    const JsonInput input = read_json(request.body);
    if (!input.value.is_object() || !input.value.contains("name") ||
        !input.value["name"].is_string()) {
        return message(400, "Field `name` is required");
    }
    BankRecord bank;
    bank.name = input.value["name"].get<std::string>();
    if (!is_bank_name(bank.name)) {
        return message(400, "Bank names must be UPPER_WITH_UNDERSCORE");
    }
    if (hma.records().bank(bank.name)) {
        return message(403, "Bank already exists");
    }
    if (auto refusal = read_ratio(input.value, bank)) {
        return std::move(*refusal);
    }
    if (const auto kept = hma.records().put_bank(bank); !kept) {
        return message(kept.error());
    }
    auto unwritten = noted(
        hma, request,
        {{"event", "bank"}, {"bank", bank.name}, {"ratio", std::to_string(bank.enabled_ratio)}});
    return unwritten ? std::move(*unwritten) : bank_response(201, bank);
}

server::Response not_found(const std::string& name) {
    return message(404, "bank '" + name + "' not found");
}

server::Response change(Hma& hma, const server::Request& request) {
    const std::string name = request.path_value("name");
    auto bank = hma.records().bank(name);
    if (!bank) {
        return not_found(name);
    }
    const JsonInput input = read_json(request.body);
    if (!input.value.is_object()) {
        return message(400, "expected a JSON object");
    }
    if (auto refusal = read_ratio(input.value, *bank)) {
        return std::move(*refusal);
    }
    if (const auto kept = hma.records().put_bank(*bank); !kept) {
        return message(kept.error());
    }
    if (input.value.contains("name") && input.value["name"] != name) {
        const std::string wanted =
            input.value["name"].is_string() ? input.value["name"].get<std::string>() : "";
        if (!is_bank_name(wanted)) {
            return message(400, "Bank names must be UPPER_WITH_UNDERSCORE");
        }
        if (hma.records().bank(wanted)) {
            return message(403, "Bank already exists");
        }
        if (const auto renamed = hma.records().rename_bank(name, wanted); !renamed) {
            return message(renamed.error());
        }
        bank->name = wanted;
    }
    auto unwritten = noted(hma, request,
                           {{"event", "bank"},
                            {"bank", name},
                            {"name", bank->name},
                            {"ratio", std::to_string(bank->enabled_ratio)}});
    return unwritten ? std::move(*unwritten) : bank_response(200, *bank);
}

server::Response drop(Hma& hma, const server::Request& request) {
    const std::string name = request.path_value("name");
    for (const ContentRecord& content : hma.records().contents_in(name)) {
        const auto removed = hma.context().engine->corpus().remove(std::span(&content.item, 1));
        if (!removed) {
            return message(removed.error());
        }
        if (const auto dropped = hma.records().drop_content(content.id); !dropped) {
            return message(dropped.error());
        }
    }
    if (const auto dropped = hma.records().drop_bank(name); !dropped) {
        return message(dropped.error());
    }
    auto unwritten = noted(hma, request, {{"event", "remove_bank"}, {"bank", name}});
    return unwritten ? std::move(*unwritten) : message(200, "Done");
}

}  // namespace

void add_bank_routes(Hma& hma, server::Router& router) {
    Context& context = hma.context();
    auto listed = hma.route("GET", "/c/banks", access::kMayMatch, "all banks");
    listed.handler = at_desk(context, [&hma](const RequestPtr&) {
        Json all = Json::array();
        for (const BankRecord& bank : hma.records().banks()) {
            all.push_back({{"matching_enabled_ratio", bank.enabled_ratio}, {"name", bank.name}});
        }
        return json_response(200, all);
    });
    router.add(listed);
    auto created = hma.route("POST", "/c/banks", access::kMayCurate, "makes a bank");
    created.body = server::BodyKind::kText;
    created.request_types = {"application/json"};
    created.json_schema = "HmaBank";
    created.success = 201;
    created.handler =
        at_desk(context, [&hma](const RequestPtr& request) { return create(hma, *request); });
    router.add(created);
    auto shown = hma.route("GET", "/c/bank/{name}", access::kMayMatch, "one bank");
    shown.handler = at_desk(context, [&hma](const RequestPtr& request) {
        const auto bank = hma.records().bank(request->path_value("name"));
        return bank ? bank_response(200, *bank) : not_found(request->path_value("name"));
    });
    router.add(shown);
    auto changed = hma.route("PUT", "/c/bank/{name}", access::kMayCurate, "changes a bank");
    changed.body = server::BodyKind::kText;
    changed.request_types = {"application/json"};
    changed.json_schema = "HmaBankChange";
    changed.handler =
        at_desk(context, [&hma](const RequestPtr& request) { return change(hma, *request); });
    router.add(changed);
    auto dropped = hma.route("DELETE", "/c/bank/{name}", access::kMayCurate, "drops a bank");
    dropped.handler =
        at_desk(context, [&hma](const RequestPtr& request) { return drop(hma, *request); });
    router.add(dropped);
}

}  // namespace refrain::service::hma

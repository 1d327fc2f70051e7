#include "service/item_filter.h"

#include <string>
#include <utility>

#include "service/query_input.h"
#include "service/utc_time.h"

namespace refrain::service {

namespace {

using Refusal = std::optional<server::Response>;

Refusal wrong(const std::string& detail) {
    return server::problem(400, "invalid_argument", detail);
}

Refusal read_kinds(const server::Request& request, ItemFilter& filter) {
    for (const std::string& word : request.parameters("kind")) {
        const auto knowledge = knowledge_named(word);
        if (word == "image" || word == "video") {
            filter.kind = word == "image" ? MediaKind::kImage : MediaKind::kVideo;
        } else if (knowledge) {
            filter.knowledge = knowledge;
        } else {
            return wrong("kind: image, video, media, hash or digest");
        }
    }
    return std::nullopt;
}

Refusal read_times(const server::Request& request, ItemFilter& filter) {
    for (const auto& [name, time] :
         {std::pair{"since", &filter.since_us}, {"until", &filter.until_us}}) {
        const auto word = request.parameter(name);
        *time = word ? parse_utc_time(*word) : std::nullopt;
        if (word && !*time) {
            return wrong(std::string(name) + ": a time such as 2026-01-31T12:00:00Z");
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<server::Parameter> item_filter_parameters() {
    return {
        {"bank", "string", "items of this bank; may be repeated"},
        {"label", "string", "KEY=VALUE that an item has; may be repeated"},
        {"name", "string", "a pattern with * and ?"},
        {"kind", "string", "image, video, or what is known: media, hash, digest; may be repeated"},
        {"since", "string", "added then or later"},
        {"until", "string", "added before"},
        {"disabled", "boolean", "only disabled items, or only others"}};
}

Refusal read_item_filter(const server::Request& request, ItemFilter& filter) {
    filter.banks = request.parameters("bank");
    filter.name = request.parameter("name").value_or("");
    if (const auto disabled = request.parameter("disabled")) {
        if (*disabled != "true" && *disabled != "false") {
            return wrong("disabled: expected true or false");
        }
        filter.is_disabled = *disabled == "true";
    }
    Refusal refusal = read_kinds(request, filter);
    refusal = refusal ? std::move(refusal) : read_times(request, filter);
    return refusal ? std::move(refusal) : read_labels(request, filter.labels);
}

}  // namespace refrain::service

#include "feeds/json_fields.h"

#include <algorithm>

#include "feeds/feed_text.h"

namespace refrain::feeds {

namespace {

using Json = nlohmann::json;

std::string scalar_text(const Json& value) {
    if (value.is_string()) {
        return value.get_ref<const std::string&>();
    }
    return value.is_number() || value.is_boolean() ? value.dump() : std::string();
}

}  // namespace

const Json* member(const Json& object, const char* name) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const Json& object, const char* name) {
    const Json* const value = member(object, name);
    return value == nullptr ? std::string() : scalar_text(*value);
}

std::optional<std::int64_t> time_of(const Json& object, const char* name) {
    return read_time(text_of(object, name));
}

std::string joined(const Json& object, const char* name) {
    const Json* const value = member(object, name);
    if (value == nullptr || !value->is_array()) {
        return text_of(object, name);
    }
    std::string all;
    for (const Json& part : *value) {
        const std::string text = scalar_text(part);
        if (!text.empty() && all.size() < FeedLimits::kMaxLabel) {
            all += (all.empty() ? "" : ",") + text;
        }
    }
    return all;
}

bool is_true(const Json& object, const char* name) {
    const std::string text = text_of(object, name);
    return text == "true" || text == "1" || text == "True";
}

void count_unknown(const Json& object,
                   std::initializer_list<std::string_view> known,
                   FeedSink& sink) {
    for (const auto& [name, value] : object.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            sink.unknown_field();
        }
    }
}

}  // namespace refrain::feeds

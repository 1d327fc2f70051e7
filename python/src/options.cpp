#include "options.h"

#include <cstdint>
#include <optional>
#include <vector>

#include <pybind11/stl.h>

#include "running.h"

namespace py = pybind11;

namespace refrain::python {

namespace {

/// Puts a value where there is one.
template <typename Value>
void read(const py::dict& values, const char* key, Value& into) {
    if (values.contains(key)) {
        into = values[key].cast<Value>();
    }
}

template <typename Value>
void read(const py::dict& values, const char* key, std::optional<Value>& into) {
    if (values.contains(key) && !values[key].is_none()) {
        into = values[key].cast<Value>();
    }
}

std::string word_of(const py::dict& values, const char* key) {
    std::string word;
    read(values, key, word);
    return word;
}

MediaTime time_of(double seconds) {
    constexpr double kMost = 1e12;
    return MediaTime::from_us(seconds < kMost ? static_cast<std::int64_t>(seconds * 1e6)
                                              : INT64_MAX);
}

}  // namespace

Effort effort_of(const std::string& word) {
    if (word == "fast") {
        return Effort::kFast;
    }
    return word == "thorough" ? Effort::kThorough : Effort::kNormal;
}

Limits limits_of(const std::map<std::string, double>& values) {
    Limits limits;
    for (const auto& [name, value] : values) {
        const auto whole = static_cast<std::uint64_t>(value);
        if (name == "max_bytes") {
            limits.max_bytes = whole;
        } else if (name == "max_pixels") {
            limits.max_pixels = whole;
        } else if (name == "max_side") {
            limits.max_side = static_cast<std::uint32_t>(whole);
        } else if (name == "max_frames") {
            limits.max_frames = whole;
        } else if (name == "max_duration") {
            limits.max_duration = time_of(value);
        } else if (name == "max_memory_bytes") {
            limits.max_memory_bytes = whole;
        } else if (name == "max_wall_time") {
            limits.max_wall_time = time_of(value);
        }
    }
    return limits;
}

FindOptions find_options_of(const py::dict& values) {
    FindOptions options;
    read(values, "banks", options.banks);
    read(values, "max_matches", options.max_matches);
    read(values, "similar", options.lists_similar);
    read(values, "explains", options.wants_explanation);
    options.effort = effort_of(word_of(values, "effort"));
    std::optional<double> min_score;
    read(values, "min_score", min_score);
    if (min_score) {
        options.min_score = *min_score;
        options.overrides_bank_scores = true;
    }
    return options;
}

ItemFilter filter_of(const py::dict& values) {
    ItemFilter filter;
    read(values, "banks", filter.banks);
    read(values, "labels", filter.labels);
    read(values, "name", filter.name);
    read(values, "since_us", filter.since_us);
    read(values, "until_us", filter.until_us);
    read(values, "is_disabled", filter.is_disabled);
    const std::string kind = word_of(values, "kind");
    if (kind == "image" || kind == "video") {
        filter.kind = kind == "image" ? MediaKind::kImage : MediaKind::kVideo;
    } else {
        filter.knowledge = knowledge_named(kind);
    }
    return filter;
}

ItemOrder order_of(const std::string& word) {
    return word == "added"    ? ItemOrder::kAdded
           : word == "newest" ? ItemOrder::kNewest
           : word == "name"   ? ItemOrder::kName
                              : ItemOrder::kId;
}

Author author_of(const py::dict& values) {
    Author author;
    read(values, "by", author.by);
    read(values, "reason", author.reason);
    return author;
}

ImportOptions import_options_of(const py::dict& values) {
    ImportOptions options;
    const std::string format = word_of(values, "format");
    const auto named = feed_format_named(format);
    if (!named) {
        raise("invalid_argument", "no format of lists has the name " + format);
    }
    options.format = *named;
    read(values, "word_reversed", options.is_word_reversed);
    read(values, "bank", options.bank);
    read(values, "labels", options.labels);
    read(values, "source", options.source);
    options.author = author_of(values);
    return options;
}

ItemEdit edit_of(const py::dict& values) {
    ItemEdit edit;
    read(values, "labels", edit.labels);
    read(values, "bank", edit.bank);
    const std::string word = word_of(values, "switch");
    edit.is_searched = word == "disable"  ? Switch::kDisable
                       : word == "enable" ? Switch::kEnable
                                          : Switch::kKeep;
    if (values.contains("until_us") && !values["until_us"].is_none()) {
        edit.until_us = values["until_us"].cast<std::int64_t>();
    }
    return edit;
}

BankEdit bank_edit_of(const py::dict& values) {
    BankEdit edit;
    std::optional<std::string> word;
    read(values, "mode", word);
    edit.mode = word ? bank_mode_named(*word) : std::nullopt;
    word.reset();
    read(values, "kind", word);
    edit.kind = word ? bank_kind_named(*word) : std::nullopt;
    read(values, "min_score", edit.min_score);
    read(values, "drops_min_score", edit.drops_min_score);
    read(values, "note", edit.note);
    return edit;
}

}  // namespace refrain::python

#include "feeds/json_records.h"

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace refrain::feeds {

namespace {

using Json = nlohmann::json;

/// The bytes as an iterator of the parser. It ends early where a token goes on for too long, since
/// the parser keeps a token as a whole.
class JsonBytes {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    struct State {
        ByteFeed& bytes;
        int ahead = ByteFeed::kEnd;
        bool has_ahead = false;
        std::size_t since_token = 0;
    };

    JsonBytes() = default;
    explicit JsonBytes(State& state) : state_(&state) {}

    // The byte is taken when it is looked at, not before: a pipe may have none yet.
    char operator*() const {
        look();
        return static_cast<char>(state_->ahead);
    }
    JsonBytes& operator++() {
        look();
        state_->has_ahead = false;
        ++state_->since_token;
        return *this;
    }
    JsonBytes operator++(int) {
        const JsonBytes before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const JsonBytes& a, const JsonBytes& b) {
        return a.is_end() == b.is_end();
    }
    friend bool operator!=(const JsonBytes& a, const JsonBytes& b) { return !(a == b); }

  private:
    void look() const {
        if (!state_->has_ahead) {
            state_->ahead = state_->bytes.next();
            state_->has_ahead = true;
        }
    }
    [[nodiscard]] bool is_end() const {
        if (state_ == nullptr) {
            return true;
        }
        look();
        return state_->ahead == ByteFeed::kEnd || state_->since_token > FeedLimits::kMaxToken;
    }

    State* state_ = nullptr;
};

/// Takes the parser's events: passes over what is no record, and builds what is one.
class RecordEvents {
  public:
    RecordEvents(JsonBytes::State& bytes,
                 const RecordShape& shape,
                 FeedSink& sink,
                 const RecordVisitor& visit)
        : bytes_(bytes), shape_(shape), sink_(sink), visit_(visit) {}

    bool null() { return value(Json(), 0); }
    bool boolean(bool flag) { return value(Json(flag), 0); }
    bool number_integer(Json::number_integer_t number) { return value(Json(number), 0); }
    bool number_unsigned(Json::number_unsigned_t number) { return value(Json(number), 0); }
    bool number_float(Json::number_float_t number, const std::string& text) {
        static_cast<void>(text);
        return value(Json(number), 0);
    }
    bool string(std::string& text) {
        const std::size_t size = text.size();
        return value(Json(std::move(text)), size);
    }
    bool binary(Json::binary_t& bytes) {
        static_cast<void>(bytes);
        return false;  // JSON text has none
    }
    bool start_object(std::size_t elements) {
        static_cast<void>(elements);
        return start(Json::object());
    }
    bool start_array(std::size_t elements) {
        static_cast<void>(elements);
        return start(Json::array());
    }
    bool end_object() { return end(); }
    bool end_array() { return end(); }
    bool key(std::string& name) {
        token_ended();
        if (depth_ == 1) {
            is_under_key_ = name == shape_.key;
        }
        if (is_in_record() || (depth_ == 1 && shape_.place == RecordPlace::kMembers)) {
            size_ += name.size();
            key_ = std::move(name);
        }
        return true;
    }
    bool parse_error(std::size_t position,
                     const std::string& last_token,
                     const nlohmann::detail::exception& error) {
        static_cast<void>(position);
        static_cast<void>(last_token);
        problem_ = bytes_.since_token > FeedLimits::kMaxToken
                       ? "a token of more bytes than the limit"
                       : std::string(error.what());
        return false;
    }

    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] bool has_place() const { return has_place_; }

  private:
    void token_ended() { bytes_.since_token = 0; }
    [[nodiscard]] bool is_in_record() const { return record_depth_ > 0; }

    /// Whether what begins now, at this depth, is a record.
    [[nodiscard]] bool begins_record(bool is_container, bool is_object) {
        bool begins = false;
        switch (shape_.place) {
            case RecordPlace::kArrayUnderKey:
                begins = depth_ == 2 && is_place_;
                break;
            case RecordPlace::kElements:
                begins = depth_ == 1 && is_outer_array_;
                break;
            case RecordPlace::kMembers:
                begins = depth_ == 1 && !is_outer_array_;
                break;
            case RecordPlace::kDocument:
                begins = (depth_ == 0 && is_object) || (depth_ == 1 && is_outer_array_);
                break;
        }
        has_place_ = has_place_ || begins ||
                     (is_container && depth_ == 0 && shape_.place != RecordPlace::kArrayUnderKey);
        return begins;
    }

    bool start(Json container) {
        token_ended();
        const bool is_object = container.is_object();
        // The parser keeps a bit a level.
        constexpr std::size_t kMostLevels = 100'000;
        if (depth_ > kMostLevels) {
            problem_ = "brackets in brackets without end";
            return false;
        }
        if (!is_in_record() && begins_record(true, is_object)) {
            begin_record(std::move(container));
            return is_wanted();
        }
        if (is_in_record()) {
            if (depth_ >= FeedLimits::kMaxDepth) {
                refusal_ = "too_deep";
            }
            Json* const place = add(std::move(container), sizeof(Json));
            if (place != nullptr) {
                open_.push_back(place);
            }
        } else {
            is_outer_array_ = depth_ == 0 ? !is_object : is_outer_array_;
            if (depth_ == 1) {
                is_place_ = is_under_key_ && !is_object;
                has_place_ = has_place_ || is_place_;
            }
        }
        ++depth_;
        return is_wanted();
    }

    bool end() {
        token_ended();
        --depth_;
        if (is_in_record()) {
            if (refusal_.data() == nullptr) {
                open_.pop_back();
            }
            if (depth_ + 1 == record_depth_) {
                end_record();
            }
        } else if (depth_ == 1) {
            is_place_ = false;
        }
        return is_wanted();
    }

    bool value(Json scalar, std::size_t size) {
        token_ended();
        if (is_in_record()) {
            add(std::move(scalar), size + sizeof(Json));
        } else if (begins_record(false, false)) {
            begin_record(std::move(scalar));
            --depth_;
            end_record();
        }
        return is_wanted();
    }

    void begin_record(Json first) {
        record_ = std::move(first);
        refusal_ = {};
        size_ = sizeof(Json);
        open_.assign(1, &record_);
        name_ = std::exchange(key_, {});
        ++depth_;
        record_depth_ = depth_;
    }

    void end_record() {
        record_depth_ = 0;
        open_.clear();
        const std::uint64_t line = bytes_.bytes.line();
        if (refusal_.data() != nullptr) {
            sink_.refuse(refusal_, line, {});
        } else if (shape_.place == RecordPlace::kMembers) {
            Json member = Json::object();
            member[name_] = std::move(record_);
            visit_(member, line);
        } else {
            visit_(record_, line);
        }
        record_ = Json();
    }

    /// Null: the record is given up.
    Json* add(Json part, std::size_t size) {
        size_ += size;
        if (size_ > FeedLimits::kMaxRecord && refusal_.data() == nullptr) {
            refusal_ = "too_large";
        }
        if (refusal_.data() != nullptr) {
            record_ = Json();
            return nullptr;
        }
        Json& parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(part));
            return &parent.back();
        }
        Json& place = parent[key_];
        place = std::move(part);
        return &place;
    }

    [[nodiscard]] bool is_wanted() const { return !sink_.has_ended(); }

    JsonBytes::State& bytes_;
    RecordShape shape_;
    FeedSink& sink_;
    const RecordVisitor& visit_;
    std::string problem_;
    std::size_t depth_ = 0;
    bool is_outer_array_ = false;
    bool is_under_key_ = false;
    bool is_place_ = false;  ///< in the array that holds the records
    bool has_place_ = false;
    std::size_t record_depth_ = 0;  ///< 0: in none
    std::size_t size_ = 0;
    std::string_view refusal_;
    std::string key_;
    std::string name_;
    Json record_;
    std::vector<Json*> open_;
};

}  // namespace

void read_json_records(ByteFeed& bytes,
                       const RecordShape& shape,
                       FeedSink& sink,
                       const RecordVisitor& visit,
                       const DocumentVisitor& end_document) {
    JsonBytes::State state{bytes};
    while (!sink.has_ended()) {
        // A document is over with its last bracket: nothing behind it was taken.
        if (!bytes.skip_blanks()) {
            return;
        }
        state.since_token = 0;
        RecordEvents events(state, shape, sink, visit);
        const bool is_whole = Json::sax_parse(JsonBytes(state), JsonBytes(), &events,
                                              Json::input_format_t::json, false);
        if (state.has_ahead && state.ahead != ByteFeed::kEnd && is_whole) {
            sink.refuse("bad_json", bytes.line(), "no entry, but a lone value");
            return;
        }
        if (sink.has_ended() || bytes.failure()) {
            return;
        }
        if (!is_whole) {
            sink.refuse("bad_json", bytes.line(), events.problem());
            return;
        }
        if (!events.has_place()) {
            sink.refuse("no_entries", bytes.line(), "no list of entries in the document");
        }
        if (end_document) {
            end_document();
        }
    }
}

}  // namespace refrain::feeds

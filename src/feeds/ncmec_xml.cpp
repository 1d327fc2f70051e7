#include "feeds/ncmec_xml.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <expat.h>

#include "feeds/feed_text.h"

namespace refrain::feeds {

namespace {

struct ParserDeleter {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using ParserHandle = std::unique_ptr<XML_ParserStruct, ParserDeleter>;

/// What is between the namespace, if any, and the end.
std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.rfind(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

bool is_medium(std::string_view name) { return name == "image" || name == "video"; }
bool is_deleted_medium(std::string_view name) {
    return name == "deletedImage" || name == "deletedVideo";
}

/// The hashes of a medium, and what is said of it.
struct Medium {
    bool is_deleted = false;
    std::string kind;  ///< `image` or `video`
    std::string member;
    std::string member_name;
    std::string id;
    std::string timestamp;
    std::string classification;
    std::string feedback;
    std::vector<std::pair<std::string, std::string>> hashes;
};

/// Follows the elements and makes entries of each medium.
class NcmecReader {
  public:
    explicit NcmecReader(FeedSink& sink) : sink_(sink), parser_(XML_ParserCreate(nullptr)) {
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(
            parser_.get(),
            [](void* self, const XML_Char* name, const XML_Char** attributes) {
                static_cast<NcmecReader*>(self)->start(name, attributes);
            },
            [](void* self, const XML_Char* name) { static_cast<NcmecReader*>(self)->end(name); });
        XML_SetCharacterDataHandler(
            parser_.get(), [](void* self, const XML_Char* text, int length) {
                static_cast<NcmecReader*>(self)->characters(
                    std::string_view(text, static_cast<std::size_t>(length)));
            });
        XML_SetStartDoctypeDeclHandler(
            parser_.get(), [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
                static_cast<NcmecReader*>(self)->give_up("doctype", "a document type is declared");
            });
    }

    void run(ByteFeed& bytes) {
        bool is_last = false;
        while (!is_last && !has_given_up_ && !sink_.has_ended()) {
            const std::string_view block = bytes.next_block();
            is_last = block.empty();
            if (is_last && bytes.failure()) {
                return;
            }
            const XML_Status status = XML_Parse(parser_.get(), block.data(),
                                                static_cast<int>(block.size()), is_last ? 1 : 0);
            since_event_ += block.size();
            if (status == XML_STATUS_ERROR && !has_given_up_ && !sink_.has_ended()) {
                sink_.refuse("bad_xml", line(), XML_ErrorString(XML_GetErrorCode(parser_.get())));
                return;
            }
            // Expat keeps a tag as a whole.
            if (since_event_ > FeedLimits::kMaxToken) {
                give_up("too_large", "a tag of more bytes than the limit");
            }
        }
        if (!has_given_up_ && !sink_.has_ended() && !has_root_) {
            sink_.refuse("no_entries", line(), "no queryResult in the document");
        }
    }

  private:
    [[nodiscard]] std::uint64_t line() const { return XML_GetCurrentLineNumber(parser_.get()); }

    void give_up(std::string_view reason, std::string detail) {
        if (!has_given_up_) {
            sink_.refuse(reason, line(), std::move(detail));
        }
        has_given_up_ = true;
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    void start(std::string_view name, const XML_Char** attributes) {
        since_event_ = 0;
        name = local_name(name);
        if (has_given_up_) {
            return;
        }
        if (++depth_ > FeedLimits::kMaxDepth) {
            give_up("too_deep", {});
            return;
        }
        text_.clear();
        has_root_ = has_root_ || (depth_ == 1 && name == "queryResult");
        if (!medium_ && (is_medium(name) || is_deleted_medium(name))) {
            medium_.emplace();
            medium_->is_deleted = is_deleted_medium(name);
            medium_->kind = name == "image" || name == "deletedImage" ? "image" : "video";
            medium_depth_ = depth_;
        } else if (medium_ && depth_ == medium_depth_ + 1) {
            section_ = name;
            if (name == "member") {
                medium_->member = attribute(attributes, "id");
            }
        } else if (medium_ && section_ == "feedback") {
            add_feedback(name, attributes);
        }
    }

    static std::string attribute(const XML_Char** attributes, std::string_view wanted) {
        for (; attributes[0] != nullptr; attributes += 2) {
            if (local_name(attributes[0]) == wanted) {
                return std::string(attributes[1]).substr(0, FeedLimits::kMaxLabel);
            }
        }
        return {};
    }

    void add_feedback(std::string_view name, const XML_Char** attributes) {
        if (name.find("eedback") == std::string_view::npos ||
            medium_->feedback.size() > FeedLimits::kMaxLabel) {
            return;
        }
        medium_->feedback += (medium_->feedback.empty() ? "" : ",") + std::string(name) + "=" +
                             attribute(attributes, "type");
    }

    void end(std::string_view name) {
        since_event_ = 0;
        name = local_name(name);
        if (has_given_up_) {
            return;
        }
        --depth_;
        if (medium_) {
            if (depth_ < medium_depth_) {
                finish_medium();
            } else {
                take_text(name);
            }
        }
        text_.clear();
    }

    void take_text(std::string_view name) {
        const std::string value(trimmed(text_));
        if (depth_ == medium_depth_) {
            if (name == "id") {
                medium_->id = value;
            } else if (name == "timestamp") {
                medium_->timestamp = value;
            } else if (name == "classification") {
                medium_->classification = value;
            } else if (name == "member") {
                medium_->member_name = value;
            } else if (name != "fingerprints" && name != "feedback") {
                sink_.unknown_field();
            }
            section_.clear();
        } else if (section_ == "fingerprints" && depth_ == medium_depth_ + 1 &&
                   medium_->hashes.size() < FeedLimits::kMaxLabels) {
            medium_->hashes.emplace_back(name, value);
        }
    }

    void characters(std::string_view text) {
        since_event_ = 0;
        if (text_.size() + text.size() <= FeedLimits::kMaxLine) {
            text_.append(text);
        } else {
            give_up("too_large", "a text of more bytes than the limit");
        }
    }

    void finish_medium() {
        const Medium medium = std::move(*medium_);
        medium_.reset();
        FeedEntry entry;
        entry.line = line();
        entry.at_us = read_time(medium.timestamp);
        if (medium.id.empty()) {
            sink_.refuse("no_id", entry.line, {});
            return;
        }
        // Ids are unique for a member only.
        entry.source_id = medium.member + "-" + medium.id;
        if (medium.is_deleted) {
            entry.action = FeedAction::kWithdraw;
            sink_.entry(std::move(entry));
            return;
        }
        add_label(entry, "classification", medium.classification);
        add_label(entry, "member", medium.member_name);
        add_label(entry, "file_type", medium.kind);
        entry.opinions = medium.feedback.substr(0, FeedLimits::kMaxLabel);
        if (medium.hashes.empty()) {
            sink_.refuse("no_signals", entry.line, entry.source_id);
        }
        for (const auto& [kind, hex] : medium.hashes) {
            FeedEntry one = entry;
            const Refused why = read_hash(kind, hex, one);
            if (why.data() != nullptr) {
                sink_.refuse(why, entry.line, kind + " of " + entry.source_id);
            } else {
                sink_.entry(std::move(one));
            }
        }
    }

    static Refused read_hash(std::string_view kind, std::string_view hex, FeedEntry& entry) {
        if (kind == "pdq") {
            entry.kind = SignalKind::kPdq;
            return read_pdq(hex, false, entry.pdq);
        }
        if (kind == "md5") {
            return read_digest(hex, SignalKind::kMd5, entry);
        }
        if (kind == "sha1") {
            return read_digest(hex, SignalKind::kSha1, entry);
        }
        return kind == "sha256" ? read_digest(hex, SignalKind::kSha256, entry)
                                : Refused("unsupported_signal");
    }

    FeedSink& sink_;
    ParserHandle parser_;
    std::size_t depth_ = 0;
    std::size_t medium_depth_ = 0;
    std::size_t since_event_ = 0;
    bool has_root_ = false;
    bool has_given_up_ = false;
    std::string section_;
    std::string text_;
    std::optional<Medium> medium_;
};

}  // namespace

void read_ncmec_xml(ByteFeed& bytes, FeedSink& sink) { NcmecReader(sink).run(bytes); }

}  // namespace refrain::feeds

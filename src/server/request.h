#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/spool.h"

namespace refrain::server {

using NamedText = std::pair<std::string, std::string>;

/// Whether two ASCII texts are the same apart from case.
[[nodiscard]] bool same_word(std::string_view a, std::string_view b);

/// Fields of a message header, in order. Names compare without case.
class Headers {
  public:
    void add(std::string name, std::string value);
    /// The first field of that name; empty where there is none.
    [[nodiscard]] std::string_view get(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;

  private:
    std::vector<NamedText> fields_;
};

/// A file of the body, in the spool.
struct UploadedFile {
    std::string field;         ///< its name in a form; empty for a raw body
    std::string name;          ///< as the client calls it, not to be used as a path; may be empty
    std::string content_type;  ///< as the client claims; may be empty
    std::shared_ptr<SpoolFile> file;
};

/// Who asks, as the gate found out.
struct Caller {
    std::string key_id;        ///< empty: nobody named
    std::string name = "-";    ///< of the key, for people
    std::uint32_t rights = 0;  ///< bits, as Route::right
    bool sees_coarse = false;  ///< scores and distances in steps alone
};

/// A request whose body has arrived. Thread safety: one thread at a time.
struct Request {
    std::string id;      ///< of this request, for logs
    std::string method;  ///< HEAD is shown as GET
    std::string path;    ///< decoded, without empty segments
    std::vector<NamedText> query;
    std::map<std::string, std::string> path_values;  ///< what the pattern's names stand for
    Headers headers;
    std::string client;  ///< address
    Caller caller;
    std::string body;  ///< of BodyKind::kText
    std::vector<UploadedFile> files;
    std::vector<NamedText> fields;  ///< of a form, those that are no files
    std::string body_sha256;        ///< hex; only where there is an Idempotency-Key
    std::stop_token gone;           ///< stopped once the client is no longer there

    /// The first value of that query parameter.
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
    /// All of its values.
    [[nodiscard]] std::vector<std::string> parameters(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> field(std::string_view name) const;
    /// What a name in the pattern stands for; empty where there is none.
    [[nodiscard]] std::string path_value(const std::string& name) const;
};

/// Media type without parameters, in lower case: `image/jpeg`.
[[nodiscard]] std::string media_type(std::string_view content_type);

/// A parameter of a header field's value, unquoted, e.g. `boundary`; nothing where it is absent.
[[nodiscard]] std::optional<std::string> header_parameter(std::string_view value,
                                                          std::string_view name);

}  // namespace refrain::server

#include "server/body.h"

#include <array>
#include <utility>

#include <openssl/evp.h>

#include "server/multipart.h"
#include "server/target.h"

namespace refrain::server {

namespace {

Response too_large(std::uint64_t limit) {
    return problem(413, "too_large", "the body is larger than " + std::to_string(limit) + " bytes");
}

Response spool_problem(const Error& error) {
    const bool may_pass =
        error.code == ErrorCode::kCorpusBusy || error.code == ErrorCode::kDiskFull;
    return may_pass ? retry_later(503, error.code == ErrorCode::kDiskFull ? "disk_full" : "busy",
                                  error.message, 5)
                    : problem(error);
}

class NoBody final : public BodySink {
  public:
    std::optional<Response> write(std::string_view bytes) override {
        if (bytes.empty()) {
            return std::nullopt;
        }
        return problem(400, "invalid_argument", "this request has no body");
    }
    std::optional<Response> finish() override { return std::nullopt; }
};

class TextBody final : public BodySink {
  public:
    TextBody(std::size_t limit, Request& request) : limit_(limit), request_(request) {}

    std::optional<Response> write(std::string_view bytes) override {
        if (bytes.size() > limit_ - request_.body.size()) {
            return too_large(limit_);
        }
        request_.body += bytes;
        return std::nullopt;
    }
    std::optional<Response> finish() override { return std::nullopt; }

  private:
    std::size_t limit_;
    Request& request_;
};

class RawUpload final : public BodySink {
  public:
    RawUpload(const BodyLimits& limits, std::shared_ptr<Spool> spool, Request& request)
        : limit_(limits.max_upload_bytes), spool_(std::move(spool)), request_(request) {}

    std::optional<Response> write(std::string_view bytes) override {
        if (!file_) {
            auto made = spool_->make_file();
            if (!made) {
                return spool_problem(made.error());
            }
            file_ = std::move(made).value();
        }
        if (bytes.size() > limit_ - file_->size()) {
            return too_large(limit_);
        }
        const auto written = file_->write(bytes);
        return written ? std::nullopt : std::optional(spool_problem(written.error()));
    }

    std::optional<Response> finish() override {
        if (file_) {
            request_.files.push_back(
                {"", "", media_type(request_.headers.get("Content-Type")), std::move(file_)});
        }
        return std::nullopt;
    }

  private:
    std::uint64_t limit_;
    std::shared_ptr<Spool> spool_;
    Request& request_;
    std::shared_ptr<SpoolFile> file_;
};

class Form final : public BodySink, private PartTaker {
  public:
    Form(const BodyLimits& limits, std::shared_ptr<Spool> spool, Request& request)
        : limits_(limits),
          spool_(std::move(spool)),
          request_(request),
          parser_(header_parameter(request.headers.get("Content-Type"), "boundary").value_or(""),
                  *this) {}

    std::optional<Response> write(std::string_view bytes) override {
        return answer(parser_.feed(bytes));
    }
    std::optional<Response> finish() override { return answer(parser_.finish()); }

  private:
    std::optional<Response> answer(MultipartParser::State state) {
        if (state == MultipartParser::State::kMalformed) {
            return problem(400, "malformed_form", parser_.problem());
        }
        return state == MultipartParser::State::kRefused ? std::move(refusal_) : std::nullopt;
    }

    bool refuse(Response response) {
        refusal_ = std::move(response);
        return false;
    }

    bool begin_part(const PartHeader& header) override {
        // Some clients name the type of a text field; a file has a file name.
        if (!header.has_file_name) {
            request_.fields.emplace_back(header.field, "");
            return true;
        }
        if (request_.files.size() >= limits_.max_files) {
            return refuse(problem(400, "too_many_files",
                                  "more than " + std::to_string(limits_.max_files) + " files"));
        }
        auto made = spool_->make_file();
        if (!made) {
            return refuse(spool_problem(made.error()));
        }
        file_ = std::move(made).value();
        request_.files.push_back(
            {header.field, header.file_name, media_type(header.content_type), file_});
        return true;
    }

    bool part_bytes(std::string_view bytes) override {
        if (!file_) {
            text_bytes_ += bytes.size();
            if (text_bytes_ > limits_.max_text_bytes) {
                return refuse(too_large(limits_.max_text_bytes));
            }
            request_.fields.back().second += bytes;
            return true;
        }
        upload_bytes_ += bytes.size();
        if (upload_bytes_ > limits_.max_upload_bytes) {
            return refuse(too_large(limits_.max_upload_bytes));
        }
        const auto written = file_->write(bytes);
        return written ? true : refuse(spool_problem(written.error()));
    }

    bool end_part() override {
        if (!file_ && !is_clean_field(request_.fields.back().second)) {
            return refuse(problem(400, "malformed_form",
                                  "the field " + request_.fields.back().first + " is not UTF-8"));
        }
        file_.reset();
        return true;
    }

    static bool is_clean_field(std::string text) {
        for (char& c : text) {
            c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
        }
        return is_clean_text(text);
    }

    BodyLimits limits_;
    std::shared_ptr<Spool> spool_;
    Request& request_;
    MultipartParser parser_;
    std::shared_ptr<SpoolFile> file_;  ///< of the part that is being read; null: a field
    std::uint64_t upload_bytes_ = 0;
    std::size_t text_bytes_ = 0;
    std::optional<Response> refusal_;
};

/// Takes the digest of all that passes.
class Digested final : public BodySink {
  public:
    Digested(std::unique_ptr<BodySink> next, Request& request)
        : next_(std::move(next)), request_(request), context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
    }

    std::optional<Response> write(std::string_view bytes) override {
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
        return next_->write(bytes);
    }

    std::optional<Response> finish() override {
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned length = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &length);
        for (unsigned i = 0; i < length; ++i) {
            request_.body_sha256 += kDigits[digest[i] >> 4U];
            request_.body_sha256 += kDigits[digest[i] & 15U];
        }
        return next_->finish();
    }

  private:
    std::unique_ptr<BodySink> next_;
    Request& request_;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::unique_ptr<BodySink> plain_sink(BodyKind kind,
                                     const BodyLimits& limits,
                                     const std::shared_ptr<Spool>& spool,
                                     Request& request) {
    const bool is_form = media_type(request.headers.get("Content-Type")) == "multipart/form-data";
    switch (kind) {
        case BodyKind::kNone:
            return std::make_unique<NoBody>();
        case BodyKind::kText:
            return std::make_unique<TextBody>(limits.max_text_bytes, request);
        case BodyKind::kTextOrForm:
            if (!is_form) {
                return std::make_unique<TextBody>(limits.max_text_bytes, request);
            }
            return std::make_unique<Form>(limits, spool, request);
        case BodyKind::kUpload:
            if (!is_form) {
                return std::make_unique<RawUpload>(limits, spool, request);
            }
            return std::make_unique<Form>(limits, spool, request);
    }
    return std::make_unique<NoBody>();
}

}  // namespace

std::unique_ptr<BodySink> make_body_sink(BodyKind kind,
                                         const BodyLimits& limits,
                                         const std::shared_ptr<Spool>& spool,
                                         Request& request) {
    auto sink = plain_sink(kind, limits, spool, request);
    if (request.headers.count("Idempotency-Key") == 0) {
        return sink;
    }
    return std::make_unique<Digested>(std::move(sink), request);
}

}  // namespace refrain::server

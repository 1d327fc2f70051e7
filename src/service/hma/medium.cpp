#include <optional>
#include <string>
#include <utility>

#include "service/hma/hma.h"

namespace refrain::service::hma {

namespace {

bool is_content_type(const std::string& type) { return type == "photo" || type == "video"; }

server::Response no_content_type(const std::string& type) {
    return message(400, "no such content type '" + type + "'");
}

/// The refusal of a body with anything but one file.
std::optional<server::Response> check_one_file(const server::Request& request) {
    if (request.files.size() != 1) {
        return message(400, request.files.empty() ? "No file was uploaded"
                                                  : "Only one file may be uploaded at a time");
    }
    if (request.files.front().file->size() == 0) {
        return message(400, "The file is empty");
    }
    const std::string& type = request.files.front().field;
    return is_content_type(type) ? std::nullopt : std::optional(no_content_type(type));
}

/// The last part of a URL's path, as a name for people.
std::string name_of(const std::string& url) {
    const std::string path = url.substr(0, url.find_first_of("?#"));
    return path.substr(path.rfind('/') + 1);
}

std::string outcome_label(const server::Fetched& fetched) {
    return "outcome=\"" +
           std::string(fetched.file            ? "fetched"
                       : fetched.status == 403 ? "refused"
                                               : "failed") +
           "\"";
}

server::Response refusal_of(const server::Fetched& fetched) {
    constexpr int kTooLarge = 413;
    constexpr int kBusy = 503;
    server::Response response = message(
        fetched.status, fetched.status == kTooLarge ? "Content too large" : fetched.problem);
    if (fetched.status == kBusy) {
        response.headers.emplace_back("Retry-After", "5");
    }
    return response;
}

void fetch_medium(Context& context,
                  const std::string& url,
                  const RequestPtr& request,
                  const server::Respond& respond,
                  const std::function<void()>& next) {
    const std::string type = request->parameter("content_type").value_or("photo");
    if (!is_content_type(type)) {
        respond(no_content_type(type));
        return;
    }
    if (!request->files.empty()) {
        respond(message(400, "Give a file or a url, not both"));
        return;
    }
    if (!context.fetcher) {
        respond(message(403, "URLs are not fetched: no host is allowed"));
        return;
    }
    context.fetcher->fetch(
        url, request->gone, [&context, request, respond, next, type, url](server::Fetched fetched) {
            context.metrics.count("refrain_url_fetches_total", outcome_label(fetched));
            if (!fetched.file) {
                respond(refusal_of(fetched));
                return;
            }
            request->files.push_back({type, name_of(url), "", std::move(fetched.file)});
            const auto refusal = check_one_file(*request);
            refusal ? respond(*refusal) : next();
        });
}

}  // namespace

void with_medium(Hma& hma,
                 const RequestPtr& request,
                 const server::Respond& respond,
                 const std::function<void()>& next) {
    if (const auto url = request->parameter("url")) {
        fetch_medium(hma.context(), *url, request, respond, next);
        return;
    }
    const auto refusal = check_one_file(*request);
    refusal ? respond(*refusal) : next();
}

}  // namespace refrain::service::hma

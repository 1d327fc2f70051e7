#include <span>
#include <string_view>
#include <utility>

#include "refrain/export.h"

#include "access/roles.h"
#include "service/context.h"
#include "service/item_filter.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

/// Takes the place of the one export that runs at a time, if it is free.
class Turn {
  public:
    explicit Turn(std::atomic<bool>& taken) : taken_(taken), has_it_(!taken.exchange(true)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Turn(Turn&&) = delete;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
        if (has_it_) {
            taken_ = false;
        }
    }

    [[nodiscard]] bool has_it() const { return has_it_; }

  private:
    std::atomic<bool>& taken_;
    bool has_it_;
};

std::optional<server::Response> read_options(const server::Request& request,
                                             ExportOptions& options) {
    const std::string word = request.parameter("format").value_or("");
    const auto format = export_format_named(word);
    if (!format) {
        return server::problem(400, "invalid_argument",
                               "format: jsonl, csv, pdq, vpdq, digests or records");
    }
    options.format = *format;
    return read_item_filter(request, options.filter);
}

server::Response export_response(ExportFormat format,
                                 const ExportCounts& counts,
                                 const std::shared_ptr<server::SpoolFile>& file) {
    server::Response response;
    response.content_type = export_media_type(format);
    response.headers = {{"X-Refrain-Written", std::to_string(counts.written)},
                        {"X-Refrain-Left-Out", std::to_string(counts.left_out)},
                        {"X-Refrain-Damaged", std::to_string(counts.damaged)}};
    response.file = file;
    return response;
}

/// The export lies in the spool before its first byte is sent: an error on the way is told as one,
/// and a slow client keeps no reader in the corpus.
server::Response export_items_of(Context& context, const server::Request& request) {
    ExportOptions options;
    if (auto refusal = read_options(request, options)) {
        return std::move(*refusal);
    }
    const Corpus& corpus = context.engine->corpus();
    if (const auto known = corpus.check_banks(options.filter.banks); !known) {
        return server::problem(known.error());
    }
    const Turn turn(context.is_exporting);
    if (!turn.has_it()) {
        return server::retry_later(503, "busy", "another export is running", 10);
    }
    auto file = context.spool->make_file();
    if (!file) {
        return server::problem(file.error());
    }
    const auto counts = export_items(
        corpus, options,
        [&](std::span<const std::byte> bytes) {
            return (*file)->write(
                std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        },
        request.gone);
    if (!counts) {
        return server::problem(counts.error());
    }
    if (auto unwritten =
            context.note(request, {{"event", "export"},
                                   {"format", std::string(export_format_name(options.format))},
                                   {"items", std::to_string(counts->written)}})) {
        return std::move(*unwritten);
    }
    return export_response(options.format, *counts, *file);
}

}  // namespace

void add_export_route(Context& context, server::Router& router) {
    server::Route route;
    route.method = "GET";
    route.pattern = "/v1/export";
    route.right = access::kMayCurate;
    route.summary = "Items for others: a table, a hash list, or a bundle of fingerprints.";
    route.parameters = item_filter_parameters();
    route.parameters.insert(
        route.parameters.begin(),
        {"format", "string", "jsonl, csv, pdq, vpdq, digests or records", true});
    route.success_type = "application/octet-stream";
    route.handler = at_desk(context, [&context](const RequestPtr& request) {
        return export_items_of(context, *request);
    });
    router.add(route);
}

}  // namespace refrain::service

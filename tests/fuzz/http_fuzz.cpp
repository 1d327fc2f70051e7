// What strangers send to the service and our own code reads: request targets, header parameters,
// forms, JSON and the parameters of a look-up. The first byte chooses one, the rest is the text.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/multipart.h"
#include "server/request.h"
#include "server/target.h"
#include "service/json_input.h"
#include "service/query_input.h"

namespace {

using namespace refrain;

void demand(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void read_target(std::string_view text) {
    const auto target = server::parse_target(text);
    if (!target) {
        return;
    }
    const std::string& path = target->path;
    demand(path.front() == '/' && server::is_clean_text(path));
    demand(path.find("//") == std::string::npos && path.find('\\') == std::string::npos);
    demand((path + '/').find("/../") == std::string::npos);
    demand((path + '/').find("/./") == std::string::npos);
    server::Request request;
    request.path = path;
    request.query = target->query;
    for (const auto& [name, value] : request.query) {
        demand(server::is_clean_text(name) && server::is_clean_text(value));
    }
    FindOptions options;
    if (!service::read_look_up(request, options)) {
        demand(options.max_matches >= 1 && options.max_matches <= 10'000);
        demand(options.min_score - options.min_score == 0);  // a number
    }
    std::map<std::string, std::string> labels;
    static_cast<void>(service::read_labels(request, labels));
    demand(!labels.contains(""));
}

void read_parameters(std::string_view text) {
    demand(server::media_type(text).size() <= text.size());
    for (const std::string_view name : {"boundary", "name", "filename", "q"}) {
        const auto value = server::header_parameter(text, name);
        demand(!value || value->size() <= text.size());
    }
}

void read_json(std::string_view text) {
    const service::JsonInput input = service::read_json(text);
    if (input.problem.empty()) {
        demand(service::one_line(input.value).find('\n') == std::string::npos);
        static_cast<void>(service::unknown_field(input.value, {"url", "content_type"}));
    }
}

/// Keeps all that it is given.
class Kept final : public server::PartTaker {
  public:
    [[nodiscard]] bool begin_part(const server::PartHeader& header) override {
        demand(!is_open_);
        demand(header.file_name.find('/') == std::string::npos);
        is_open_ = true;
        parts.emplace_back(header.field + '\n' + header.file_name + '\n' + header.content_type, "");
        return true;
    }
    [[nodiscard]] bool part_bytes(std::string_view bytes) override {
        demand(is_open_);
        parts.back().second += bytes;
        return true;
    }
    [[nodiscard]] bool end_part() override {
        demand(std::exchange(is_open_, false));
        return true;
    }

    std::vector<std::pair<std::string, std::string>> parts;
    server::MultipartParser::State state = server::MultipartParser::State::kGoesOn;

  private:
    bool is_open_ = false;
};

void read_form_in_steps(std::string_view text, std::size_t step, Kept& kept) {
    using State = server::MultipartParser::State;
    server::MultipartParser parser("b", kept);
    for (std::size_t at = 0; at < text.size() && kept.state == State::kGoesOn; at += step) {
        kept.state = parser.feed(text.substr(at, step));
    }
    if (kept.state == State::kGoesOn) {
        kept.state = parser.finish();
    }
    demand((kept.state == State::kMalformed) == !parser.problem().empty());
}

void read_form(std::string_view text) {
    using State = server::MultipartParser::State;
    Kept whole;
    read_form_in_steps(text, std::max<std::size_t>(text.size(), 1), whole);
    std::size_t bytes = 0;
    for (const auto& [name, data] : whole.parts) {
        bytes += data.size();
    }
    demand(bytes <= text.size() && whole.parts.size() <= server::MultipartParser::kMaxParts);
    Kept slow;
    read_form_in_steps(text, 3, slow);
    demand(whole.state == slow.state);
    demand(whole.state != State::kDone || whole.parts == slow.parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            read_target(text);
            break;
        case 1:
            read_parameters(text);
            break;
        case 2:
            read_form(text);
            break;
        default:
            read_json(text);
    }
    return 0;
}

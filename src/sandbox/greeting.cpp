#include "sandbox/greeting.h"

#include <sstream>
#include <utility>

#include "sandbox/answer_check.h"
#include "sandbox/worker_exchange.h"

namespace refrain::sandbox {

namespace {

constexpr std::size_t kMostLayers = 16;

}  // namespace

std::string encode_layers(const std::vector<SandboxLayer>& layers) {
    std::string text;
    for (const SandboxLayer& layer : layers) {
        text += layer.name + "\t" + (layer.is_in_force ? "1" : "0") + "\t" + layer.detail + "\n";
    }
    return text;
}

Result<SandboxReport> receive_greeting(WorkerExchange& exchange) {
    const Result<Message> message = exchange.receive(kMostTextBytes);
    if (!message) {
        return message.error();
    }
    if (message->header.kind != Kind::kHello) {
        return dishonest("no greeting");
    }
    if (message->header.numbers[0] != kProtocolVersion) {
        return Error{ErrorCode::kInternal, "sandbox: the worker is of another version of refrain"};
    }
    SandboxReport report;
    std::istringstream lines(message->text());
    for (std::string line; report.layers.size() < kMostLayers && std::getline(lines, line);) {
        const std::size_t name_end = line.find('\t');
        const std::size_t state_end = line.find('\t', name_end + 1);
        if (name_end == std::string::npos || state_end == std::string::npos) {
            return dishonest("a greeting that cannot be read");
        }
        report.layers.push_back({one_line(line.substr(0, name_end)), line[name_end + 1] == '1',
                                 one_line(line.substr(state_end + 1))});
    }
    return report;
}

std::string what_is_missing(const SandboxReport& report) {
    std::string text = report.layers.empty() ? "nothing is in force" : "";
    for (const SandboxLayer& layer : report.layers) {
        if (!layer.is_in_force) {
            text += (text.empty() ? "" : "; ") + layer.name + ": " + layer.detail;
        }
    }
    return text;
}

}  // namespace refrain::sandbox

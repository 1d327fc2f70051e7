#include <utility>

#include "refrain/json.h"

#include "json/json_parts.h"
#include "json/utf8.h"

namespace refrain {

std::string to_json(const SandboxReport& report) {
    json::Object layers = json::Object::array();
    for (const SandboxLayer& layer : report.layers) {
        layers.push_back({{"name", json::to_utf8(layer.name)},
                          {"in_force", layer.is_in_force},
                          {"detail", json::to_utf8(layer.detail)}});
    }
    const json::Object object{{"schema", "refrain.doctor/1"},
                              {"sandbox",
                               {{"complete", report.is_complete()},
                                {"worker", json::to_utf8(report.worker.native())},
                                {"layers", std::move(layers)}}}};
    return json::one_line(object);
}

}  // namespace refrain

#include <string>
#include <utility>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/exit_code.h"

namespace refrain::cli {

int run_serve(Arguments arguments, const std::stop_token& /*stop*/) {
    CommandLine line("serve", "The HTTP service; not available in this version.", "");
    std::string listen = "127.0.0.1:8080";
    line.add_text("--listen", listen, "HOST:PORT to listen on (default 127.0.0.1:8080)");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    return line.wrong_usage("the HTTP service is not available in this version of refrain");
}

}  // namespace refrain::cli

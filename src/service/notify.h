#pragma once

#include <string_view>

namespace refrain::service {

/// Tells the service manager that started the program, if one asked to be told (sd_notify(3)):
/// `READY=1`, `STOPPING=1`.
void notify_manager(std::string_view state);

}  // namespace refrain::service

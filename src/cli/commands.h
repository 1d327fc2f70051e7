#pragma once

#include <stop_token>
#include <string>
#include <vector>

/// One function a command, one file each. Each takes the words after the command's name and gives
/// the exit code.
namespace refrain::cli {

using Arguments = std::vector<std::string>;

[[nodiscard]] int run_hash(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_add(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_find(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_compare(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_fingerprint(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_import(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_export(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_remove(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_check(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_show(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_label(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_move(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_disable(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_enable(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_dups(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_log(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_bank(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_list(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_stats(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_verify(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_doctor(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_backup(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_restore(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_serve(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_key(Arguments arguments, const std::stop_token& stop);
[[nodiscard]] int run_audit(Arguments arguments, const std::stop_token& stop);

}  // namespace refrain::cli

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace refrain::access {

/// What a caller may do; bits of one number.
enum Right : std::uint32_t {
    kMayHash = 1U << 0,    ///< have media hashed; nothing is looked up or kept
    kMayMatch = 1U << 1,   ///< look media up
    kMayCurate = 1U << 2,  ///< change what is known
    kMayAudit = 1U << 3,   ///< read logs and counts
    kMayReveal = 1U << 4,  ///< see explanations as they are, not blurred
    kMayAdminister = 1U << 5,
};

inline constexpr std::uint32_t kAllRights =
    kMayHash | kMayMatch | kMayCurate | kMayAudit | kMayReveal | kMayAdminister;

/// A role and its rights.
struct Role {
    std::string_view name;
    std::uint32_t rights = 0;
};

inline constexpr std::array<Role, 5> kRoles{{
    {"hasher", kMayHash},
    {"matcher", kMayHash | kMayMatch},
    {"curator", kMayHash | kMayMatch | kMayCurate},
    {"auditor", kMayAudit | kMayReveal},
    {"admin", kAllRights},
}};

[[nodiscard]] constexpr std::optional<Role> find_role(std::string_view name) {
    for (const Role& role : kRoles) {
        if (role.name == name) {
            return role;
        }
    }
    return std::nullopt;
}

}  // namespace refrain::access

#pragma once

#include <string>

namespace refrain::server {

/// Whether an address is one that the public internet routes to a single host: not of this machine,
/// of a private network or of one link, not for groups, not kept for documentation, tests or
/// protocols, and none that holds another address (IPv4 in IPv6, 6to4, Teredo, NAT64).
///
/// @param address  of IPv4 or IPv6, in its usual spelling; anything else is none
/// Source: the special-purpose address registries of IANA (RFC 6890 and what amends it).
/// Cost: constant. Thread safety: pure function.
[[nodiscard]] bool is_public_address(const std::string& address);

}  // namespace refrain::server

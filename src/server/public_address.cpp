#include "server/public_address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <arpa/inet.h>

namespace refrain::server {

namespace {

/// A network: the first bits that its addresses share.
template <std::size_t kBytes>
struct Network {
    std::array<std::uint8_t, kBytes> first{};
    std::size_t bits = 0;
};

using Network4 = Network<4>;
using Network6 = Network<16>;

constexpr std::array<Network4, 15> kSpecial4{{
    {{0, 0, 0, 0}, 8},        // this network
    {{10, 0, 0, 0}, 8},       // private
    {{100, 64, 0, 0}, 10},    // shared by customers of one provider
    {{127, 0, 0, 0}, 8},      // this machine
    {{169, 254, 0, 0}, 16},   // one link; metadata of cloud machines
    {{172, 16, 0, 0}, 12},    // private
    {{192, 0, 0, 0}, 24},     // protocols
    {{192, 0, 2, 0}, 24},     // documentation
    {{192, 88, 99, 0}, 24},   // 6to4 relays
    {{192, 168, 0, 0}, 16},   // private
    {{198, 18, 0, 0}, 15},    // measurements
    {{198, 51, 100, 0}, 24},  // documentation
    {{203, 0, 113, 0}, 24},   // documentation
    {{224, 0, 0, 0}, 4},      // groups
    {{240, 0, 0, 0}, 4},      // kept for later, and all hosts of a link
}};

/// All that IPv6 gives to single hosts. Loopback, mapped, private, link and group addresses lie
/// outside of it.
constexpr Network6 kGlobal6{{0x20}, 3};

constexpr std::array<Network6, 4> kSpecial6{{
    {{0x20, 0x01, 0x00}, 23},        // protocols, Teredo among them
    {{0x20, 0x01, 0x0D, 0xB8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4: holds an IPv4 address
    {{0x3F, 0xFF, 0x00}, 20},        // documentation
}};

template <std::size_t kBytes>
bool lies_in(const std::array<std::uint8_t, kBytes>& address, const Network<kBytes>& network) {
    constexpr std::size_t kByteBits = 8;
    for (std::size_t i = 0; i < kBytes && i * kByteBits < network.bits; ++i) {
        const std::size_t left = std::min(kByteBits, network.bits - i * kByteBits);
        const auto differing = static_cast<unsigned>(address[i] ^ network.first[i]);
        if ((differing >> (kByteBits - left)) != 0) {
            return false;
        }
    }
    return true;
}

template <std::size_t kBytes>
bool lies_in_any(const std::array<std::uint8_t, kBytes>& address,
                 std::span<const Network<kBytes>> networks) {
    return std::ranges::any_of(
        networks, [&](const Network<kBytes>& network) { return lies_in(address, network); });
}

}  // namespace

bool is_public_address(const std::string& address) {
    std::array<std::uint8_t, 4> four{};
    if (::inet_pton(AF_INET, address.c_str(), four.data()) == 1) {
        return !lies_in_any(four, std::span<const Network4>(kSpecial4));
    }
    std::array<std::uint8_t, 16> six{};
    if (::inet_pton(AF_INET6, address.c_str(), six.data()) == 1) {
        return lies_in(six, kGlobal6) && !lies_in_any(six, std::span<const Network6>(kSpecial6));
    }
    return false;
}

}  // namespace refrain::server

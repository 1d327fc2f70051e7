#include "server/url.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace refrain::server {

std::string Url::origin() const { return (has_tls ? "https://" : "http://") + host + ":" + port; }

std::string Url::host_and_port() const {
    const bool is_six = host.find(':') != std::string::npos;
    return (is_six ? "[" + host + "]" : host) + ":" + port;
}

std::string Url::authority() const {
    const std::string whole = host_and_port();
    const bool is_default = port == (has_tls ? "443" : "80");
    return is_default ? whole.substr(0, whole.size() - port.size() - 1) : whole;
}

std::optional<Url> parse_url(const std::string& text) {
    constexpr std::size_t kLongest = 2048;
    Url url;
    const std::string_view schemes[] = {"http://", "https://"};
    url.has_tls = text.starts_with(schemes[1]);
    if (text.size() > kLongest || (!url.has_tls && !text.starts_with(schemes[0])) ||
        std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == 0x7f; })) {
        return std::nullopt;
    }
    const std::size_t begin = schemes[url.has_tls ? 1 : 0].size();
    const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
    std::string place = text.substr(begin, end - begin);
    url.target = text.substr(end, std::min(text.find('#'), text.size()) - end);
    if (!url.target.starts_with('/')) {
        url.target.insert(0, "/");
    }
    url.port = url.has_tls ? "443" : "80";
    const std::size_t bracket = place.rfind(']');
    const std::size_t colon = place.find(':', bracket == std::string::npos ? 0 : bracket);
    if (colon != std::string::npos) {
        url.port = place.substr(colon + 1);
        place.resize(colon);
    }
    if (place.starts_with('[') && place.ends_with(']')) {
        place = place.substr(1, place.size() - 2);
    }
    const bool is_number = !url.port.empty() && url.port.size() <= 5 &&
                           url.port.find_first_not_of("0123456789") == std::string::npos;
    if (place.empty() || !is_number || place.find_first_of("@[]\\") != std::string::npos) {
        return std::nullopt;
    }
    std::transform(place.begin(), place.end(), place.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    url.host = std::move(place);
    return url;
}

}  // namespace refrain::server

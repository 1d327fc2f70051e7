#pragma once

#include <cstdint>
#include <string>

#include "store/sqlite/sqlite_catalogue.h"
#include "support/sample_fingerprint.h"

namespace refrain::test {

/// A row whose every field follows from `number`; different numbers give different media.
inline store::NewRow sample_row(std::uint64_t number, std::string bank = "default") {
    Draw draw(number);
    store::NewRow row;
    row.id = "m_" + std::to_string(number);
    row.bank = std::move(bank);
    row.name = "picture " + std::to_string(number) + ".jpg";
    row.source = "/photos/" + row.name;
    row.media.kind = number % 3 == 0 ? MediaKind::kVideo : MediaKind::kImage;
    row.media.width = 640;
    row.media.height = 480;
    row.media.duration = MediaTime::from_ms(number % 3 == 0 ? 1500 : 0);
    row.media.digest.bytes = 1000 + number;
    draw.fill(row.media.digest.sha256);
    draw.fill(row.media.digest.md5);
    row.media.container = "image2";
    row.media.codec = "mjpeg";
    row.frames = 1 + number % 5;
    row.record.resize(100 + draw.below(9000));
    for (std::byte& byte : row.record) {
        byte = static_cast<std::byte>(draw.below(256));
    }
    return row;
}

}  // namespace refrain::test

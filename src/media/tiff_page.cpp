#include "media/tiff_page.h"

#include <algorithm>
#include <array>
#include <vector>

#include <zlib.h>

namespace refrain::media {
namespace {

template <typename Number>
Number field(const TiffFile& file, std::uint32_t tag, Number otherwise) {
    Number value = otherwise;
    // Some fields have a default that libtiff knows.
    return TIFFGetFieldDefaulted(file.handle(), tag, &value) == 1 ? value : otherwise;
}

std::uint16_t alpha_of(const TiffFile& file) {
    std::uint16_t count = 0;
    std::uint16_t* kinds = nullptr;
    if (TIFFGetFieldDefaulted(file.handle(), TIFFTAG_EXTRASAMPLES, &count, &kinds) != 1 ||
        count == 0 || kinds == nullptr) {
        return EXTRASAMPLE_UNSPECIFIED;
    }
    return kinds[0];
}

/// The kind of picture, guessed where the file does not say it.
std::uint16_t photometric_of(const TiffFile& file, std::uint16_t samples) {
    std::uint16_t kind = 0;
    if (TIFFGetField(file.handle(), TIFFTAG_PHOTOMETRIC, &kind) == 1) {
        return kind;
    }
    return samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
}

/// Whether zlib unpacks these bytes without finding them damaged.
bool unpacks(std::vector<std::uint8_t>& stored) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        return true;  // not known
    }
    stream.next_in = stored.data();
    stream.avail_in = static_cast<uInt>(stored.size());
    std::array<std::uint8_t, 32 * 1024> unpacked{};
    int outcome = Z_OK;
    while (outcome == Z_OK) {
        stream.next_out = unpacked.data();
        stream.avail_out = static_cast<uInt>(unpacked.size());
        outcome = inflate(&stream, Z_NO_FLUSH);
    }
    inflateEnd(&stream);
    return outcome != Z_DATA_ERROR && outcome != Z_NEED_DICT;
}

}  // namespace

std::string check_stored(const TiffFile& file, const TiffPage& page, const TiffBlock& block) {
    const bool is_deflate =
        page.compression == COMPRESSION_ADOBE_DEFLATE || page.compression == COMPRESSION_DEFLATE;
    TIFF* tiff = file.handle();
    if (!is_deflate ||
        field<std::uint16_t>(file, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB) != FILLORDER_MSB2LSB) {
        return {};
    }
    const int planes = page.planes == PLANARCONFIG_SEPARATE ? page.samples : 1;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 30;  // zlib counts in 32 bits
    for (int plane = 0; plane < planes; ++plane) {
        const auto sample = static_cast<std::uint16_t>(plane);
        const std::uint32_t number = page.is_tiled
                                         ? TIFFComputeTile(tiff, block.x, block.y, 0, sample)
                                         : TIFFComputeStrip(tiff, block.y, sample);
        const std::uint64_t bytes = TIFFGetStrileByteCount(tiff, number);
        if (bytes == 0 || bytes > std::min(kMost, file.size())) {
            continue;  // which libtiff tells of
        }
        std::vector<std::uint8_t> stored(static_cast<std::size_t>(bytes));
        const auto size = static_cast<tmsize_t>(bytes);
        const tmsize_t count = page.is_tiled ? TIFFReadRawTile(tiff, number, stored.data(), size)
                                             : TIFFReadRawStrip(tiff, number, stored.data(), size);
        if (count == size && !unpacks(stored)) {
            return "the compressed pixels do not agree with their checksum";
        }
    }
    return {};
}

TiffPage read_tiff_page(const TiffFile& file) {
    TIFF* tiff = file.handle();
    TiffPage page;
    page.width = field<std::uint32_t>(file, TIFFTAG_IMAGEWIDTH, 0);
    page.height = field<std::uint32_t>(file, TIFFTAG_IMAGELENGTH, 0);
    page.bits = field<std::uint16_t>(file, TIFFTAG_BITSPERSAMPLE, 1);
    page.samples = field<std::uint16_t>(file, TIFFTAG_SAMPLESPERPIXEL, 1);
    page.sample_format = field<std::uint16_t>(file, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
    page.photometric = photometric_of(file, page.samples);
    page.planes = field<std::uint16_t>(file, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    page.compression = field<std::uint16_t>(file, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    page.orientation = field<std::uint16_t>(file, TIFFTAG_ORIENTATION, 1);
    page.alpha = alpha_of(file);
    page.is_tiled = TIFFIsTiled(tiff) != 0;
    page.block_width =
        page.is_tiled ? field<std::uint32_t>(file, TIFFTAG_TILEWIDTH, 0) : page.width;
    page.block_height = page.is_tiled
                            ? field<std::uint32_t>(file, TIFFTAG_TILELENGTH, 0)
                            : field<std::uint32_t>(file, TIFFTAG_ROWSPERSTRIP, page.height);
    page.block_height =
        page.is_tiled ? page.block_height : std::min(page.block_height, page.height);
    const auto kind = field<std::uint32_t>(file, TIFFTAG_SUBFILETYPE, 0);
    page.is_helper = (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0 ||
                     page.photometric == PHOTOMETRIC_MASK;
    std::uint16_t old_kind = 0;
    if (TIFFGetField(tiff, TIFFTAG_OSUBFILETYPE, &old_kind) == 1) {
        page.is_helper = page.is_helper || old_kind == OFILETYPE_REDUCEDIMAGE;
    }
    return page;
}

}  // namespace refrain::media

#include "media/tiff_page.h"

#include <algorithm>

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

}  // namespace

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

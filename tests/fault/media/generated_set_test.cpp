#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include "support/bmp.h"
#include "support/decoded_parts.h"
#include "support/ppm.h"
#include "support/run_program.h"
#include "support/synthetic_picture.h"
#include "support/temp_folder.h"

// Every picture format, in usual and unusual variants, whole, cut and with flipped bytes, is read
// here and by a second decoder. A picture that is handed out as whole must be that of the undamaged
// file or what the second decoder shows: docs/decisions/0006-decoders-and-damage.md.
//
// REFRAIN_TEST_GENERATED=full makes the whole set, else a sample of it. REFRAIN_TEST_KEEP names a
// folder for the files that fail.

namespace refrain {
namespace {

using test::mean_error;
using test::run_program;
using Arguments = std::vector<std::string>;

/// Who reads the file besides us.
enum class Second { kConvert, kDjxl, kHeifConvert, kFfmpeg };

struct Variant {
    std::string format;
    std::string file;
    Arguments command;  ///< IN and OUT stand for the files
    Second second = Second::kConvert;
    /// Mean difference of the two readers of the undamaged file, 0..255.
    double tolerance = 4.0;
};

Arguments convert(const Arguments& options) {
    Arguments command = {"convert", "IN"};
    command.insert(command.end(), options.begin(), options.end());
    command.emplace_back("OUT");
    return command;
}

Arguments ffmpeg(const Arguments& options = {}) {
    Arguments command = {"ffmpeg", "-v", "error", "-y", "-i", "IN"};
    command.insert(command.end(), options.begin(), options.end());
    command.emplace_back("OUT");
    return command;
}

Arguments tiff_copy(const Arguments& options) {
    Arguments command = {"tiffcp"};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"TIFF", "OUT"});
    return command;
}

const Arguments kTwoFrames = {"(", "+clone", "-flip", ")", "-set", "delay", "50"};

std::vector<Variant> picture_variants() {
    return {
        {"jpeg", "baseline.jpg", convert({"-quality", "90"})},
        {"jpeg", "progressive.jpg", convert({"-interlace", "Plane"})},
        {"jpeg", "grey.jpg", convert({"-colorspace", "Gray"})},
        {"jpeg", "cmyk.jpg", convert({"-colorspace", "CMYK"})},
        {"jpeg", "full.jpg", convert({"-sampling-factor", "4:4:4"})},
        {"jpeg", "wide.jpg", convert({"-sampling-factor", "4x1"})},
        {"jpeg", "odd.jpg", convert({"-resize", "97x61!", "-sampling-factor", "1x2"}),
         Second::kConvert, 6.0},
        {"png", "rgb.png", convert({"-depth", "8"})},
        {"png", "rgb16.png", convert({"-depth", "16"})},
        {"png", "interlaced.png", convert({"-interlace", "PNG"})},
        {"png", "palette.png", convert({"-colors", "32", "-type", "Palette"})},
        {"png", "grey2.png", convert({"-colorspace", "Gray", "-depth", "2"})},
        {"bmp", "rgb.bmp", convert({"-type", "TrueColor"})},
        {"bmp", "palette.bmp", convert({"-colors", "32", "-type", "Palette"})},
        {"bmp", "rle.bmp", convert({"-colors", "32", "-type", "Palette", "-compress", "RLE"})},
        {"bmp", "old.bmp", {"convert", "IN", "-type", "TrueColor", "BMP2:OUT"}},
        {"gif", "still.gif", convert({})},
        {"gif", "interlaced.gif", convert({"-interlace", "GIF"})},
        {"gif", "animated.gif", convert(kTwoFrames)},
        {"webp", "lossy.webp", convert({"-quality", "90"})},
        {"webp", "lossless.webp", convert({"-define", "webp:lossless=true"})},
        {"jxl", "lossy.jxl", {"cjxl", "-d", "1", "IN", "OUT"}, Second::kDjxl},
        {"jxl", "lossless.jxl", {"cjxl", "-d", "0", "IN", "OUT"}, Second::kDjxl},
        {"jxl", "boxed.jxl", {"cjxl", "--container=1", "IN", "OUT"}, Second::kDjxl},
        {"heif", "p.heic", {"heif-enc", "-q", "90", "IN", "-o", "OUT"}, Second::kHeifConvert},
        {"heif", "p.avif", {"heif-enc", "-A", "-q", "90", "IN", "-o", "OUT"}, Second::kHeifConvert},
        {"ppm", "p6.ppm", convert({})},
        {"ppm", "p3.ppm", convert({"-compress", "none"})},
        {"ppm", "p5.pgm", convert({"-colorspace", "Gray", "-depth", "16"})},
        {"ppm", "p4.pbm", convert({"-monochrome"})},
        {"pfm", "p.pfm", convert({})},
        {"ico", "p.ico", convert({"-resize", "64x64!", "-define", "icon:auto-resize=64,16"})},
        {"jp2", "p.jp2", convert({})},
        {"pcx", "p.pcx", convert({})},
        {"sgi", "p.sgi", convert({})},
        {"sun", "p.sun", convert({})},
        {"dds", "p.dds", convert({}), Second::kConvert, 8.0},
        {"dpx", "p.dpx", ffmpeg(), Second::kFfmpeg},
        {"qoi", "p.qoi", ffmpeg(), Second::kFfmpeg},
        {"exr", "p.exr", ffmpeg(), Second::kFfmpeg},
        {"jls", "p.jls", ffmpeg(), Second::kFfmpeg},
        {"apng", "p.apng", ffmpeg({"-f", "apng"}), Second::kFfmpeg},
        {"psd", "p.psd", convert({})},
        {"psd", "raw.psd", convert({"-compress", "None"})},
        {"tga", "p.tga", convert({})},
        {"xbm", "p.xbm", convert({"-monochrome"})},
        {"xpm", "p.xpm", convert({"-colors", "16"})},
        {"pict", "p.pict", convert({})},
        {"fits", "p.fits", convert({"-colorspace", "Gray"})},
    };
}

std::vector<Variant> tiff_variants() {
    std::vector<Variant> variants = {
        {"tiff", "none.tif", convert({"-compress", "none"})},
        {"tiff", "deep.tif", convert({"-depth", "16", "-compress", "LZW"})},
        {"tiff", "float.tif",
         convert({"-compress", "zip", "-depth", "32", "-define", "quantum:format=floating-point"})},
        {"tiff", "lab.tif", convert({"-colorspace", "Lab"}), Second::kConvert, 6.0},
        {"tiff", "fax.tif", convert({"-monochrome", "-compress", "Group4"})},
        {"tiff", "palette.tif", convert({"-colors", "16", "-type", "Palette"})},
    };
    const std::vector<std::pair<std::string, Arguments>> copies = {
        {"lzw", {"-c", "lzw"}},
        {"zip", {"-c", "zip"}},
        {"packbits", {"-c", "packbits"}},
        {"jpeg", {"-c", "jpeg", "-r", "16"}},
        {"zstd", {"-c", "zstd"}},
        {"webp", {"-c", "webp"}},
        {"tiles", {"-c", "lzw", "-t", "-w", "64", "-l", "48"}},
        {"order", {"-c", "lzw", "-f", "lsb2msb"}},
        {"apart", {"-p", "separate"}},
        {"big", {"-8"}},
    };
    for (const auto& [name, options] : copies) {
        variants.push_back({"tiff", name + ".tif", tiff_copy(options)});
    }
    return variants;
}

struct Counts {
    int files = 0;
    std::map<std::string, int> statuses;
    int alike = 0;  ///< of those whole, damaged pictures that both readers show alike
    int wrong = 0;
};

/// What one of the readers made of a file.
struct Reading {
    std::string status;  ///< whole, partial, or the name of an error
    frame::RgbImage picture;
};

class GeneratedSet : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const char* program :
             {"convert", "ffmpeg", "tiffcp", "cjxl", "djxl", "heif-enc", "heif-convert"}) {
            REFRAIN_REQUIRE_PROGRAM(program);
        }
        const char* extent = std::getenv("REFRAIN_TEST_GENERATED");
        is_full_ = extent != nullptr && std::string(extent) == "full";
        frame::RgbImage source = test::wave_picture(192, 128, 5);
        std::mt19937 random(11);
        for (std::uint8_t& sample : source.pixels) {  // so that the files have some length
            sample =
                static_cast<std::uint8_t>(std::min<std::uint32_t>(255, sample + random() % 16));
        }
        test::write_bmp(folder_ / "source.bmp", source);
        ASSERT_EQ(run_program({"convert", folder_ / "source.bmp", "-strip",
                               "PNG24:" + (folder_ / "source.png").native()}),
                  0);
        ASSERT_EQ(run_program({"convert", folder_ / "source.png", "-compress", "none",
                               folder_ / "source.tif"}),
                  0);
    }

    [[nodiscard]] std::filesystem::path make(const Variant& variant) {
        const std::filesystem::path file = folder_ / variant.file;
        Arguments command = variant.command;
        for (std::string& argument : command) {
            for (const auto& [word, path] :
                 {std::pair("IN", folder_ / "source.png"), std::pair("OUT", file),
                  std::pair("TIFF", folder_ / "source.tif")}) {
                const std::size_t at = argument.find(word);
                if (at != std::string::npos && (at == 0 || argument[at - 1] == ':') &&
                    at + std::string(word).size() == argument.size()) {
                    argument.replace(at, std::string::npos, path.native());
                    break;
                }
            }
        }
        EXPECT_EQ(run_program(command), 0) << variant.file;
        return file;
    }

    static Reading ours(const std::filesystem::path& file) {
        const auto medium = test::decode_parts(file);
        if (!medium) {
            return {std::string(error_code_name(medium.error().code)), {}};
        }
        const auto& part = medium->parts.at(0);
        if (!part.decoded) {
            return {std::string(error_code_name(part.decoded.error().code)), {}};
        }
        if (part.decoded->pictures.empty()) {
            EXPECT_FALSE(part.decoded->report.damage.empty()) << file;
            return {"corrupt", {}};
        }
        const bool is_partial = part.decoded->report.is_partial || !medium->left_out.empty();
        return {is_partial ? "partial" : "whole", part.picture()};
    }

    /// What the second decoder shows, be it with a warning; nothing where it shows nothing.
    frame::RgbImage theirs(const std::filesystem::path& file, Second second) {
        const auto ppm = folder_ / "second.ppm";
        const auto png = folder_ / "second.png";
        std::filesystem::remove(ppm);
        std::filesystem::remove(png);
        std::string input = file.native() + "[0]";
        if (second == Second::kDjxl || second == Second::kHeifConvert) {
            const std::string reader = second == Second::kDjxl ? "djxl" : "heif-convert";
            if (run_program({reader, file, png}) != 0 || !std::filesystem::exists(png)) {
                return {};
            }
            input = png;
        }
        if (second == Second::kFfmpeg) {
            // The same decoders, told to stop at the first error that they notice.
            run_program({"ffmpeg", "-v", "error", "-y", "-err_detect", "explode", "-xerror", "-i",
                         file, "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "image2", ppm});
        } else {
            run_program({"convert", input, "-background", "black", "-alpha", "remove", "-alpha",
                         "off", "-colorspace", "sRGB", "-depth", "8", "-type", "TrueColor", ppm});
        }
        return test::read_ppm(ppm).value_or(frame::RgbImage{});
    }

    void judge(const Variant& variant,
               const std::filesystem::path& file,
               const frame::RgbImage& undamaged) {
        const Reading reading = ours(file);
        Counts& counts = counts_[variant.format];
        ++counts.files;
        ++counts.statuses[reading.status];
        if (reading.status != "whole" ||
            mean_error(reading.picture, undamaged) <= variant.tolerance) {
            return;
        }
        if (mean_error(reading.picture, theirs(file, variant.second)) <= variant.tolerance) {
            ++counts.alike;  // the format cannot tell
            return;
        }
        ++counts.wrong;
        if (const char* keep = std::getenv("REFRAIN_TEST_KEEP")) {
            std::filesystem::copy_file(file, std::filesystem::path(keep) / file.filename(),
                                       std::filesystem::copy_options::overwrite_existing);
        }
        ADD_FAILURE() << file.filename() << ": handed out as whole, "
                      << mean_error(reading.picture, undamaged) << " from the undamaged one";
    }

    void judge_damaged(const Variant& variant,
                       const std::string& bytes,
                       const frame::RgbImage& undamaged) {
        std::mt19937 random(17);
        const int rounds = is_full_ ? 8 : 1;
        for (int round = 0; round < rounds; ++round) {
            const std::size_t length =
                bytes.size() * static_cast<std::size_t>(is_full_ ? 12 * round + 10 : 60) / 100;
            const auto cut = folder_ / fmt::format("cut{}-{}", length, variant.file);
            test::write_file(cut, bytes.substr(0, length));
            judge(variant, cut, undamaged);
            std::filesystem::remove(cut);
        }
        for (int round = 0; round < 2 * rounds; ++round) {
            std::string flipped = bytes;
            const int count = round % 2 == 0 ? 1 : 12;
            for (int i = 0; i < count; ++i) {
                flipped[random() % flipped.size()] ^= static_cast<char>(1U + random() % 255U);
            }
            const auto file = folder_ / fmt::format("flip{}-{}", round, variant.file);
            test::write_file(file, flipped);
            judge(variant, file, undamaged);
            std::filesystem::remove(file);
        }
    }

    void run(const std::vector<Variant>& variants) {
        for (const Variant& variant : variants) {
            const std::filesystem::path file = make(variant);
            const Reading whole = ours(file);
            const frame::RgbImage shown = theirs(file, variant.second);
            const frame::RgbImage& right = shown.pixels.empty() ? whole.picture : shown;
            // A sound file is whole or of a kind that is not read; it is never corrupt.
            EXPECT_TRUE(whole.status == "whole" || whole.status == "unsupported_format")
                << variant.file << ": " << whole.status;
            judge(variant, file, right);
            judge_damaged(variant, test::read_file(file), right);
        }
        print();
    }

    void print() const {
        std::cout << "format   files  whole partial corrupt unsupported other  alike  wrong\n";
        Counts all;
        for (const auto& [format, counts] : counts_) {
            print_row(format, counts);
            all.files += counts.files;
            all.alike += counts.alike;
            all.wrong += counts.wrong;
            for (const auto& [status, count] : counts.statuses) {
                all.statuses[status] += count;
            }
        }
        print_row("all", all);
    }

    static void print_row(const std::string& name, const Counts& counts) {
        const auto of = [&counts](const char* status) {
            const auto found = counts.statuses.find(status);
            return found == counts.statuses.end() ? 0 : found->second;
        };
        const int named = of("whole") + of("partial") + of("corrupt") + of("unsupported_format");
        std::cout << fmt::format("{:<8} {:>5} {:>6} {:>7} {:>7} {:>11} {:>5} {:>6} {:>6}\n", name,
                                 counts.files, of("whole"), of("partial"), of("corrupt"),
                                 of("unsupported_format"), counts.files - named, counts.alike,
                                 counts.wrong);
    }

    test::TempFolder folder_;
    bool is_full_ = false;
    std::map<std::string, Counts> counts_;
};

TEST_F(GeneratedSet, NoWrongPictureIsTakenForARightOne) { run(picture_variants()); }

TEST_F(GeneratedSet, NoWrongTiffIsTakenForARightOne) { run(tiff_variants()); }

}  // namespace
}  // namespace refrain

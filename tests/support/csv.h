#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace refrain::test {

/// The fields of a line without quoting. An empty line has one empty field.
inline std::vector<std::string> split_csv_line(std::string_view line) {
    std::vector<std::string> fields;
    std::size_t begin = 0;
    for (std::size_t end = line.find(','); end != std::string_view::npos;
         end = line.find(',', begin)) {
        fields.emplace_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    fields.emplace_back(line.substr(begin));
    return fields;
}

/// The lines of a CSV file as maps from the names in its first line.
inline std::vector<std::map<std::string, std::string>> read_csv(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    const std::vector<std::string> names = split_csv_line(line);
    std::vector<std::map<std::string, std::string>> rows;
    while (std::getline(file, line)) {
        const std::vector<std::string> fields = split_csv_line(line);
        std::map<std::string, std::string> row;
        for (std::size_t i = 0; i < names.size() && i < fields.size(); ++i) {
            row[names[i]] = fields[i];
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace refrain::test

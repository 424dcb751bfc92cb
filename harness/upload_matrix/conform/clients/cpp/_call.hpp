// The call to make, as the environment has it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

inline std::string given(const std::string &name) {
    const char *value = std::getenv(("UPLOAD_MATRIX_" + name).c_str());
    return value ? value : "";
}

[[noreturn]] inline void without(const std::string &sentence) {
    std::cerr << sentence << "\n";
    std::exit(77);
}

// A file to send, with the name and the type to give.
struct Upload {
    std::string path, name, type;
};

inline std::vector<Upload> uploads() {
    std::istringstream paths(given("FILES")), types(given("TYPES"));
    std::vector<Upload> found;
    Upload each;
    while (std::getline(paths, each.path) && std::getline(types, each.type)) {
        each.name = found.empty() ? given("FILENAME") : std::filesystem::path(each.path).filename().string();
        found.push_back(each);
    }
    return found;
}

inline std::string read_whole(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

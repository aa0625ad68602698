// SPDX-License-Identifier: Apache-2.0
// Stands in for libFuzzer where the compiler is GCC: runs a target over the files of its corpus, and over a few
// mutations of each that are the same every time.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutations = 20;

void run(const std::string& input) {
    // Exactly as long as the input, so that a sanitizer sees a read beyond it.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string mutated(std::string input, std::mt19937& random) {
    for (auto edits = 1 + random() % 4; edits > 0 && !input.empty(); --edits) {
        const auto at = random() % input.size();
        switch (random() % 4) {
            case 0: input[at] = static_cast<char>(random()); break;
            case 1: input.erase(at, 1 + random() % 8); break;
            case 2: input.insert(at, input.substr(random() % input.size(), random() % 16)); break;
            default: input.resize(at); break;
        }
    }
    return input;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        if (std::filesystem::is_directory(argv[i])) {
            for (const auto& entry : std::filesystem::directory_iterator{argv[i]}) files.push_back(entry.path());
        } else {
            files.emplace_back(argv[i]);
        }
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
        std::ifstream stream{file, std::ios::binary};
        const std::string input{std::istreambuf_iterator<char>{stream}, {}};
        std::printf("%s\n", file.filename().c_str());
        std::fflush(stdout);  // the last name is the culprit's if the target aborts
        run(input);
        std::mt19937 random{static_cast<std::uint32_t>(input.size())};
        for (int i = 0; i < kMutations; ++i) run(mutated(input, random));
    }
    std::printf("%zu inputs, %d mutations of each\n", files.size(), kMutations);
    return files.empty() ? 1 : 0;
}

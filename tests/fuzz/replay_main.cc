// Runs a fuzz target without a fuzzer: each file of its corpus, and mutations of them from a fixed seed. So every build notices a decoder that
// breaks on bad bytes; the real fuzzer (make fuzz) searches deeper.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

int mutations_per_input = 2000;   // or the second argument: a target that asks a server needs longer for each

void run(const std::string& input) {
  const std::vector<std::uint8_t> exact(input.begin(), input.end());  // no byte behind the end, so that sanitizers see a read beyond it
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string mutate(std::string input, std::mt19937_64& random) {
  const int changes = 1 + int(random() % 4);
  for (int i = 0; i < changes; ++i) {
    const std::size_t at = input.empty() ? 0 : random() % input.size();
    switch (random() % 6) {
      case 0: if (!input.empty()) input[at] = char(random()); break;
      case 1: if (!input.empty()) input[at] = char(input[at] ^ (1 << (random() % 8))); break;
      case 2: input.insert(at, 1, char(random())); break;
      case 3: if (!input.empty()) input.erase(at, 1 + random() % 8); break;
      case 4: input.resize(at); break;
      case 5: if (input.size() >= at + 4) input.replace(at, 4, random() % 2 ? "\xff\xff\xff\xff" : "\x7f\xff\xff\xff"); break;
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> inputs = {"", std::string(64, '\0'), "{}", "[[[[1]]]]"};
  if (argc > 2) mutations_per_input = std::atoi(argv[2]);
  if (argc > 1 && std::filesystem::is_directory(argv[1])) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
      std::ifstream file(entry.path(), std::ios::binary);
      inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  std::mt19937_64 random(7);
  std::size_t runs = 0;
  for (const auto& input : inputs) {
    run(input);
    for (int i = 0; i < mutations_per_input; ++i, ++runs) run(mutate(input, random));
  }
  std::printf("%zu inputs, %zu mutations: nothing broke\n", inputs.size(), runs);
  return 0;
}

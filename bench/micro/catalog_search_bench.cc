// link: braid_catalog
// Search over 100,000 entities: how long an answer takes, by kind of question. Prints one line per kind: count, p50, p99, max in milliseconds.
// Names are made of 400 words in twos and threes, as names of topics and fields are; every tenth entity is a topic, every hundredth a product.
// Percentiles matter here, not means, so it has a main of its own. Usage: bench_catalog_search [entities] [searches]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "catalog/index.h"

using namespace braid;
using Clock = std::chrono::steady_clock;

namespace {

std::vector<std::string> make_words(std::mt19937_64& random, std::size_t n) {
  static const char* const syllables[] = {"or", "der", "pay", "ment", "cust", "omer", "ship", "trade", "price", "stock", "page", "view", "user", "click", "sess", "ion", "acc", "ount",
                                          "in", "voice", "risk", "met", "ric", "sen", "sor", "lo", "ca", "tion", "re", "gion", "prod", "uct"};
  std::vector<std::string> words;
  for (std::size_t i = 0; i < n; ++i) {
    std::string w;
    for (unsigned s = 0; s < 2 + random() % 2; ++s) w += syllables[random() % std::size(syllables)];
    words.push_back(std::move(w));
  }
  return words;
}

void measure(const char* kind, catalog::Index& index, const std::vector<catalog::SearchRequest>& requests) {
  std::vector<double> ms;
  std::uint64_t results = 0;
  for (const auto& r : requests) {
    const auto t = Clock::now();
    const auto answer = index.search_now(r);
    ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - t).count());
    if (!answer) { std::printf("error: %s\n", answer.error().message.c_str()); std::exit(1); }
    results += answer->total;
  }
  std::ranges::sort(ms);
  std::printf("%-34s n %5zu  results %9.1f  p50 %8.3f ms  p99 %8.3f ms  max %8.3f ms\n", kind, ms.size(), double(results) / double(ms.size()), ms[ms.size() / 2], ms[ms.size() * 99 / 100], ms.back());
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t entities = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  const std::size_t searches = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 500;
  std::mt19937_64 random(7);
  const auto words = make_words(random, 400);
  const auto word = [&] { return words[random() % words.size()]; };
  static const char* const domains[] = {"membership", "edge", "execution", "analytics", "accounting", "logistics", "marketing", "risk"};

  auto opened = catalog::Index::open();
  if (!opened) { std::printf("error: %s\n", opened.error().message.c_str()); return 1; }
  auto index = *std::move(opened);
  std::vector<std::string> names;
  auto t = Clock::now();
  std::vector<catalog::Document> batch;
  for (std::size_t i = 1; i <= entities; ++i) {
    catalog::Document d{.id = i, .type = i % 100 == 0 ? "data_product" : i % 10 == 0 ? "kafka_topic" : "sr_field"};
    d.name = word() + "_" + word() + (random() % 2 ? "_" + std::to_string(random() % 1000) : "");
    d.domain = domains[random() % std::size(domains)];
    d.description = word() + " " + word() + " of every " + word();
    if (d.type != "sr_field") d.fields = word() + ", " + word() + ", " + word() + ", " + word();
    if (d.type == "data_product") d.documentation = "One record is one " + word() + " of a " + word() + ". Join with " + word() + " on " + word() + "_id.", d.quality = "curated";
    names.push_back(d.name);
    batch.push_back(std::move(d));
    if (batch.size() == 5000) index->put_now(batch), batch.clear();
  }
  index->put_now(batch);
  std::printf("indexed %zu entities in %.2f s\n", entities, std::chrono::duration<double>(Clock::now() - t).count());

  std::vector<catalog::SearchRequest> exact, prefix, typo, pair, filtered, inside;
  for (std::size_t i = 0; i < searches; ++i) {
    exact.push_back({.text = names[random() % names.size()]});
    const std::string w = word();
    prefix.push_back({.text = w.substr(0, 3 + random() % 3)});
    std::string wrong = word();
    wrong.erase(1 + random() % (wrong.size() - 1), 1);
    typo.push_back({.text = wrong});
    pair.push_back({.text = word() + " " + word()});
    filtered.push_back({.text = word(), .filters = {{"type", {"data_product"}}, {"domain", {domains[i % 8]}}}});
    inside.push_back({.text = w.substr(2)});
  }
  measure("a whole name", *index, exact);
  measure("the beginning of a word", *index, prefix);
  measure("a word with a letter left out", *index, typo);
  measure("two words", *index, pair);
  measure("a word, two facets chosen", *index, filtered);
  measure("the end of a word", *index, inside);
  measure("nothing typed (all, with facets)", *index, std::vector<catalog::SearchRequest>(50));
  measure("a word in half of all (\"every\")", *index, std::vector<catalog::SearchRequest>(50, {.text = "every"}));
}

// Counters, gauges and histograms for /metrics. Thread-safe; recording is one atomic add. A Metrics owns all it gives out;
// references stay valid as long as it lives. Names and labels follow prometheus.io/docs/practices/naming (base units, _total for counters).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace braid {

using Labels = std::map<std::string, std::string>;

class Counter { public: virtual ~Counter() = default; virtual void add(double n = 1) = 0; virtual double value() const = 0; };
class Gauge { public: virtual ~Gauge() = default; virtual void set(double v) = 0; virtual void add(double n) = 0; virtual double value() const = 0; };
class Histogram { public: virtual ~Histogram() = default; virtual void observe(double v) = 0; };

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same object. `help` is kept from the first call.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds, const Labels& labels = {});
  // Called before each text() to bring gauges up to date.
  void before_scrape(std::function<void()> refresh);

  std::string text();  // Prometheus text format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid

#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>

namespace braid {
namespace {

struct CounterImpl final : Counter {
  explicit CounterImpl(prometheus::Counter& c) : c(c) {}
  void add(double n) override { c.Increment(n); }
  double value() const override { return c.Value(); }
  prometheus::Counter& c;
};
struct GaugeImpl final : Gauge {
  explicit GaugeImpl(prometheus::Gauge& g) : g(g) {}
  void set(double v) override { g.Set(v); }
  void add(double n) override { g.Increment(n); }
  double value() const override { return g.Value(); }
  prometheus::Gauge& g;
};
struct HistogramImpl final : Histogram {
  explicit HistogramImpl(prometheus::Histogram& h) : h(h) {}
  void observe(double v) override { h.Observe(v); }
  prometheus::Histogram& h;
};

}  // namespace

// The library's registry is thread-safe; the mutex guards only our wrappers. (Allowed here: a metrics library is a resource of the process.)
struct Metrics::Impl {
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<void*, std::unique_ptr<Counter>> counters;
  std::map<void*, std::unique_ptr<Gauge>> gauges;
  std::map<void*, std::unique_ptr<Histogram>> histograms;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> families;
  std::vector<std::function<void()>> refreshers;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::scoped_lock lock(impl_->mutex);
  auto& raw = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(labels);
  auto& slot = impl_->counters[&raw];
  if (!slot) slot = std::make_unique<CounterImpl>(raw);
  return *slot;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::scoped_lock lock(impl_->mutex);
  auto& raw = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(labels);
  auto& slot = impl_->gauges[&raw];
  if (!slot) slot = std::make_unique<GaugeImpl>(raw);
  return *slot;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds, const Labels& labels) {
  const std::scoped_lock lock(impl_->mutex);
  auto& raw = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry).Add(labels, bounds);
  auto& slot = impl_->histograms[&raw];
  if (!slot) slot = std::make_unique<HistogramImpl>(raw);
  return *slot;
}

void Metrics::before_scrape(std::function<void()> refresh) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->refreshers.push_back(std::move(refresh));
}

std::string Metrics::text() {
  std::vector<std::function<void()>> refreshers;
  {
    const std::scoped_lock lock(impl_->mutex);
    refreshers = impl_->refreshers;
  }
  for (const auto& refresh : refreshers) refresh();
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, impl_->registry.Collect());
  return out.str();
}

}  // namespace braid

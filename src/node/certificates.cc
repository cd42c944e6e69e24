#include "node/certificates.h"

#include "base/log.h"
#include "node/parts.h"

namespace braid::node {
namespace {

constexpr io::Milliseconds look_every{2'000};   // three stat calls
constexpr double warn_days = 14;                // time enough to have a new one made
constexpr double day_ms = 86'400'000;

double days_left(const io::TlsServer& tls, const Clock& clock) { return double(tls.expires_ms() - clock.wall_ms()) / day_ms; }

}  // namespace

CertificateKeeper::CertificateKeeper(io::TlsServer& tls, io::Pool& pool, Metrics& metrics, const Clock& clock)
    : tls_(tls), pool_(pool), clock_(clock),
      loaded_(metrics.counter("braid_tls_certificate_loads_total", "Times that the certificate was read.", {{"result", "loaded"}})),
      failed_(metrics.counter("braid_tls_certificate_loads_total", "Times that the certificate was read.", {{"result", "kept_the_old"}})) {
  auto& days = metrics.gauge("braid_tls_certificate_days_left", "Days until the certificate that this node shows, or one of its issuers', is no longer valid; negative: since.");
  metrics.before_scrape([this, &days] { days.set(days_left(tls_, clock_)); });
  loaded_.add();
  log::info("tls_certificate_loaded", {{"file", tls_.files().certificate}, {"subject", tls_.subject()}, {"days_left", days_left(tls_, clock_)}});
  warn_if_it_ends();
}

void CertificateKeeper::warn_if_it_ends() const {
  const double days = days_left(tls_, clock_);
  if (days < 0) log::warn("tls_certificate_is_over", {{"file", tls_.files().certificate}, {"days_ago", -days}, {"hint", "clients refuse it; a new one in its place is read within seconds"}});
  else if (days < warn_days) log::warn("tls_certificate_ends_soon", {{"file", tls_.files().certificate}, {"days_left", days}, {"hint", "a new one in its place is read within seconds"}});
}

void CertificateKeeper::start() {
  auto pass = gate_.enter();
  io::Shard::current()->spawn(watch(std::move(*pass)));
}

io::Task<void> CertificateKeeper::stop() {
  stopping_.notify_all();
  co_await gate_.close();
}

io::Task<void> CertificateKeeper::watch(io::Gate::Pass pass) {
  while (!gate_.closed()) {
    co_await stopping_.wait(io::after(look_every));
    if (gate_.closed()) break;
    const bool changed = co_await pool_.run([this] { return tls_.files_changed(); });   // a file system may be slow
    if (changed) co_await pool_.run([this] { reload("its files have changed"); });
  }
  (void)pass;
}

void CertificateKeeper::reload(std::string_view why) {
  const auto done = tls_.reload();
  if (!done) {
    failed_.add();
    log::error("tls_certificate_kept", {{"why_read", why}, {"error", done.error().message}, {"hint", done.error().hint}, {"still_used", tls_.subject()}, {"days_left", days_left(tls_, clock_)}});
    return;
  }
  loaded_.add();
  log::info("tls_certificate_loaded", {{"file", tls_.files().certificate}, {"why_read", why}, {"subject", tls_.subject()}, {"days_left", days_left(tls_, clock_)}});
  warn_if_it_ends();
}

Result<void> open_certificates(Parts& parts) {
  const Config& config = parts.config;
  if (!config.tls_trusted_ca.empty()) {
    TRY(parts.trusted, io::TlsClient::open(io::TlsTrust{config.tls_trusted_ca, "tls_trusted_ca", "", ""}));
  }
  if (config.tls_certificate.empty() && config.tls_key.empty() && config.tls_client_ca.empty()) return {};
  TRY(parts.tls, io::TlsServer::open(io::TlsFiles{config.tls_certificate, config.tls_key, config.tls_client_ca}));
  return {};
}

}  // namespace braid::node

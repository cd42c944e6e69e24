#include "io/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <limits>
#include <mutex>
#include <optional>

#include "base/limits/net.h"
#include "base/log.h"
#include "io/all.h"
#include "io/sync.h"

namespace braid::io {
namespace {

template <auto Free> struct Freed {
  template <class T> void operator()(T* p) const { Free(p); }
};
using Context = std::shared_ptr<SSL_CTX>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

constexpr std::size_t record_bytes = SSL3_RT_MAX_PLAIN_LENGTH;   // 16 KiB: what one TLS record carries
constexpr std::size_t write_bytes = 8 * record_bytes;            // sealed before they are given to the socket: one call for eight records
constexpr std::size_t read_bytes_small = record_bytes + 1024, read_bytes_large = 8 * (record_bytes + 256);

std::string openssl_text(unsigned long code) {
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "no reason given";
}

std::string name_text(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long n = BIO_get_mem_data(out.get(), &text);
  return {text, std::size_t(std::max(n, 0L))};
}

// ---- the stream -------------------------------------------------------------------------------------------------------------------------------------

class TlsStreamImpl final : public TlsStream {
 public:
  TlsStreamImpl(Context context, std::unique_ptr<Stream> stream, std::string server_name, std::vector<std::string> protocols, bool server)
      : context_(std::move(context)), under_(std::move(stream)), server_name_(std::move(server_name)), protocols_(std::move(protocols)), server_(server) {
    ssl_ = SSL_new(context_.get());
    BRAID_ASSERT(ssl_ != nullptr);   // no memory
    BIO* bio = BIO_new(method());
    BRAID_ASSERT(bio != nullptr);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);   // takes it
    SSL_set_app_data(ssl_, this);
    if (server_) {
      SSL_set_accept_state(ssl_);
      return;
    }
    SSL_set_connect_state(ssl_);
    std::string offer;
    for (const auto& protocol : protocols_) offer += char(protocol.size()) + protocol;
    if (!offer.empty()) SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(offer.data()), unsigned(offer.size()));
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), server_name_.c_str()) != 1) {   // no address: a name
      SSL_set_tlsext_host_name(ssl_, server_name_.c_str());
      SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      SSL_set1_host(ssl_, server_name_.c_str());
    }
  }
  ~TlsStreamImpl() override { SSL_free(ssl_); }

  Task<Result<void>> handshake(Deadline deadline) override {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_);
      const int why = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
      std::optional<Error> failed;
      if (done != 1 && why != SSL_ERROR_WANT_READ) failed = error_of_openssl("TLS handshake with ");
      if (!out_.empty()) {   // on a failure too: it is the alert that tells the peer why
        const auto sent = co_await flush(deadline);
        if (!sent && !failed) co_return std::unexpected(Error(sent.error()).during("TLS handshake"));
      }
      if (failed) co_return std::unexpected(*std::move(failed));
      if (done == 1) co_return Result<void>{};
      auto more = co_await fill(deadline);
      if (!more) {
        if (more.error().code == ErrorCode::timeout) co_return fail(ErrorCode::timeout, "TLS handshake: " + who() + " did not finish it in time");
        co_return std::unexpected(std::move(more).error().during("TLS handshake"));
      }
      if (*more == 0) co_return fail(ErrorCode::io, "TLS handshake: " + who() + " closed the connection before it was done");
      if (!begun_ && in_[0] != SSL3_RT_HANDSHAKE && in_[0] != SSL3_RT_ALERT) {
        plain_text_.assign(in_.get(), in_end_);
        co_return fail(ErrorCode::io, "TLS handshake: " + who() + " does not speak TLS here", server_ ? "use TLS to reach this port" : "use http:// if TLS is not switched on there");
      }
      begun_ = true;
    }
  }

  Task<Result<std::size_t>> read_some(std::span<char> into, Deadline deadline) override {
    for (;;) {
      std::size_t got = 0;
      int why = SSL_ERROR_NONE;
      while (got < into.size()) {
        std::size_t n = 0;
        ERR_clear_error();
        if (const int ok = SSL_read_ex(ssl_, into.data() + got, into.size() - got, &n); ok != 1) {
          why = SSL_get_error(ssl_, ok);
          break;
        }
        got += n;
        if (in_begin_ == in_end_ && SSL_pending(ssl_) == 0) break;   // nothing more at hand: spare OpenSSL a look
      }
      std::optional<Error> failed;
      if (why != SSL_ERROR_NONE && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN) failed = error_of_openssl("read from ");
      if (!out_.empty() && !flushing_) {   // an answer to a key update, or an alert
        const auto sent = co_await flush(deadline);
        if (!sent && got == 0) co_return std::unexpected(sent.error());
      }
      if (got > 0) co_return got;
      if (why == SSL_ERROR_ZERO_RETURN) co_return 0;
      if (failed) {
        broken_ = true;
        if (eof_) failed->message = "read from " + who() + ": it closed without saying goodbye, as if the connection had been cut";
        co_return std::unexpected(*std::move(failed));
      }
      CO_TRY_VOID(co_await fill(deadline));   // at the end of the stream OpenSSL says what that means
    }
  }

  Task<Result<void>> write(std::span<const BytesView> pieces, Deadline deadline) override {
    // Full records out of what may be many small pieces; a large piece is sealed where it lies.
    std::unique_ptr<char[]> stage;
    std::size_t staged = 0, left = 0;
    for (const auto piece : pieces) left += piece.size();
    for (auto piece : pieces) {
      while (!piece.empty()) {
        if (staged == 0 && piece.size() >= std::min(record_bytes, left)) {
          const auto n = std::min(piece.size(), write_bytes);
          CO_TRY_VOID(seal(piece.substr(0, n)));
          piece.remove_prefix(n);
          left -= n;
        } else {
          if (!stage) stage = std::make_unique_for_overwrite<char[]>(std::min(record_bytes, left));
          const auto room = std::min(record_bytes, staged + left) - staged;
          const auto n = std::min(piece.size(), room);
          std::memcpy(stage.get() + staged, piece.data(), n);
          piece.remove_prefix(n);
          staged += n;
          left -= n;
          if (staged == record_bytes || left == 0) {
            CO_TRY_VOID(seal(BytesView(stage.get(), std::exchange(staged, 0))));
            if (left < record_bytes) stage.reset();   // the next one is smaller
          }
        }
        if (out_.size() >= write_bytes) CO_TRY_VOID(co_await flush(deadline));
      }
    }
    co_return co_await flush(deadline);
  }

  void end_sending() override {
    say_goodbye();
    under_->end_sending();
  }
  void close() override {
    if (std::exchange(closed_, true)) return;
    say_goodbye();
    under_->close();
  }

  Endpoint peer() const override { return under_->peer(); }
  Endpoint local() const override { return under_->local(); }
  Stream& under() override { return *under_; }
  BytesView plain_text() const override { return plain_text_; }
  std::string version() const override { return SSL_get_version(ssl_); }
  std::string_view protocol() const override {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  std::string peer_subject() const override {
    const X509* certificate = SSL_get0_peer_certificate(ssl_);
    return certificate && SSL_get_verify_result(ssl_) == X509_V_OK ? name_text(X509_get_subject_name(certificate)) : "";
  }

  // OpenSSL asks which of the client's protocols is spoken.
  static int choose(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* offered, unsigned offered_size, void*) {
    const auto& ours = static_cast<TlsStreamImpl*>(SSL_get_app_data(ssl))->protocols_;
    if (ours.empty()) return SSL_TLSEXT_ERR_NOACK;
    for (const auto& protocol : ours)
      for (unsigned i = 0; i < offered_size; i += 1u + offered[i])
        if (offered[i] == protocol.size() && i + 1u + offered[i] <= offered_size && std::memcmp(offered + i + 1, protocol.data(), protocol.size()) == 0) {
          *out = offered + i + 1;
          *out_size = offered[i];
          return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }

 private:
  void say_goodbye() {
    if (flushing_ || !SSL_is_init_finished(ssl_) || broken_ || (SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);   // puts a goodbye into out_, without which a client takes the end for a cut
    // The first try of a write is made at once, and what the system has taken leaves before the end does.
    if (!out_.empty()) start(say(under_, std::exchange(out_, {})));
  }
  // OpenSSL's side of the connection: takes from in_, puts to out_, never waits.
  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "braid stream");
      BIO_meth_set_write_ex(m, [](BIO* bio, const char* data, std::size_t size, std::size_t* written) {
        static_cast<TlsStreamImpl*>(BIO_get_data(bio))->out_.append(data, size);
        *written = size;
        return 1;
      });
      BIO_meth_set_read_ex(m, [](BIO* bio, char* into, std::size_t size, std::size_t* got) {
        auto& self = *static_cast<TlsStreamImpl*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        *got = std::min(size, self.in_end_ - self.in_begin_);
        if (*got == 0) {
          if (!self.eof_) BIO_set_retry_read(bio);
          return 0;
        }
        std::memcpy(into, self.in_.get() + self.in_begin_, *got);
        self.in_begin_ += *got;
        return 1;
      });
      BIO_meth_set_ctrl(m, [](BIO* bio, int what, long, void*) -> long {
        if (what == BIO_CTRL_EOF) return static_cast<TlsStreamImpl*>(BIO_get_data(bio))->eof_ ? 1 : 0;
        return what == BIO_CTRL_FLUSH ? 1 : 0;
      });
      return m;
    }();
    return made;
  }

  std::string who() const { return under_->peer().text(); }

  Result<void> seal(BytesView bytes) {
    if (broken_ || closed_) return fail(ErrorCode::stopping, "write to " + who() + ": closed by us");
    if (out_.capacity() < bytes.size()) out_.reserve(std::min(write_bytes, bytes.size()) + bytes.size() / 64 + 256);   // records have heads and tags
    std::size_t n = 0;
    ERR_clear_error();
    if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &n) != 1 || n != bytes.size()) {
      broken_ = true;
      return fail(ErrorCode::io, "write to " + who() + ": TLS: " + openssl_text(ERR_peek_error()));
    }
    return {};
  }

  // Sends what is in out_, in order: whoever comes while that is under way waits, and its bytes go along.
  Task<Result<void>> flush(Deadline deadline) {
    while (flushing_) {
      const bool woken = co_await flushed_.wait(deadline);
      if (!woken) co_return fail(ErrorCode::timeout, "write to " + who() + ": no answer in time");
    }
    if (broken_) co_return fail(ErrorCode::io, "write to " + who() + ": an earlier write failed");
    flushing_ = true;
    Result<void> sent;
    Bytes sending;   // a copy of the handle: more may be sealed while it leaves
    while (sent && !out_.empty() && !closed_) {
      std::swap(sending, out_);
      sent = co_await under_->write(BytesView(sending), deadline);
      sending.clear();
    }
    if (sending.capacity() > out_.capacity() && out_.empty() && sending.capacity() <= 4 * record_bytes) std::swap(sending, out_);   // small ones are kept
    flushing_ = false;
    flushed_.notify_all();
    if (!sent) broken_ = true;   // a record may have left by half
    else if (closed_ && !out_.empty()) sent = fail(ErrorCode::stopping, "write to " + who() + ": closed by us");
    co_return sent;
  }

  Task<Result<std::size_t>> fill(Deadline deadline) {   // OpenSSL has taken all that was there
    const std::size_t want = reading_large_ ? read_bytes_large : read_bytes_small;
    if (in_size_ != want) {
      in_ = std::make_unique_for_overwrite<char[]>(want);
      in_size_ = want;
    }
    in_begin_ = in_end_ = 0;
    CO_TRY(const auto n, co_await under_->read_some(std::span(in_.get(), in_size_), deadline));
    in_end_ = n;
    if (n == 0) eof_ = true;
    if (n == in_size_) reading_large_ = true;
    else if (n < record_bytes / 2) reading_large_ = false;
    co_return n;
  }

  static Task<void> say(std::shared_ptr<Stream> stream, Bytes bytes) { (void)co_await stream->write(BytesView(bytes), after(Milliseconds(1'000))); }

  Error error_of_openssl(std::string_view doing) const {
    const unsigned long code = ERR_peek_last_error();   // the outermost: those before it say how a signature failed
    Error error{ErrorCode::io, std::string(doing) + who() + ": " + openssl_text(code)};
    if (ERR_GET_LIB(code) != ERR_LIB_SSL) return error;
    const long verified = SSL_get_verify_result(ssl_);
    switch (ERR_GET_REASON(code)) {
      case SSL_R_CERTIFICATE_VERIFY_FAILED:
        error.code = ErrorCode::unauthenticated;
        error.message = "the certificate of " + (server_ ? who() : server_name_ + " (" + who() + ")") + " is not trusted: " + X509_verify_cert_error_string(verified);
        if (server_) error.hint = "tls_client_ca must hold the certificate that issued it";
        else if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) error.hint = "use a name that stands in the certificate, or have one made that names '" + server_name_ + "'";
        else error.hint = "give the certificate of its issuer with --ca FILE (BRAID_CA; tls_trusted_ca for what a node itself connects to)";
        break;
      case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        error.code = ErrorCode::unauthenticated;
        error.message = who() + " showed no certificate, and this node asks for one (tls_client_ca)";
        break;
      case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        error.code = ErrorCode::unauthenticated;
        error.message = who() + " asks for a certificate of ours";
        error.hint = "name its file in BRAID_CERTIFICATE and that of its private key in BRAID_KEY";
        break;
      case SSL_R_TLSV1_ALERT_UNKNOWN_CA: case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE: case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN: case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        error.message = who() + " does not trust our certificate (" + openssl_text(code) + ")";
        break;
      case SSL_R_UNSUPPORTED_PROTOCOL: error.message += ": it speaks TLS older than 1.2"; break;
      default: break;
    }
    return error;
  }

  Context context_;
  std::shared_ptr<Stream> under_;       // shared with a goodbye under way
  std::string server_name_;
  std::vector<std::string> protocols_;
  bool server_;
  SSL* ssl_ = nullptr;
  std::unique_ptr<char[]> in_;          // read and not yet taken by OpenSSL
  std::size_t in_size_ = 0, in_begin_ = 0, in_end_ = 0;
  Bytes out_;                           // sealed and not yet sent
  Bytes plain_text_;
  Notifier flushed_;
  bool flushing_ = false, reading_large_ = false, eof_ = false, broken_ = false, closed_ = false, begun_ = false;
};

// ---- files ------------------------------------------------------------------------------------------------------------------------------------------

struct Stamp {   // by which a file is known to have changed
  std::int64_t inode = 0, size = 0, seconds = 0, nanoseconds = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

Stamp stamp_of(const std::string& path) {
  struct stat found {};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) return {};
  return {std::int64_t(found.st_ino), std::int64_t(found.st_size), std::int64_t(found.st_mtim.tv_sec), std::int64_t(found.st_mtim.tv_nsec)};
}

Result<Bytes> read_pem(std::string_view setting, const std::string& path) {
  const std::string what = std::string(setting) + ": the file " + path;
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::invalid_input, what + " cannot be read: " + std::strerror(errno), how_to_make_a_certificate());
  Bytes text(limits::tls_file_bytes_max + 1, '\0');
  in.read(text.data(), std::streamsize(text.size()));
  if (in.bad() || (in.gcount() == 0 && !in.eof())) return fail(ErrorCode::invalid_input, what + " cannot be read", "it must be a file in PEM form");
  text.resize(std::size_t(in.gcount()));
  if (text.size() > limits::tls_file_bytes_max) return fail(ErrorCode::invalid_input, what + " is larger than " + std::to_string(limits::tls_file_bytes_max) + " bytes, which no certificate is");
  if (text.empty()) return fail(ErrorCode::invalid_input, what + " is empty", how_to_make_a_certificate());
  if (text.find("-----BEGIN ") == Bytes::npos)
    return fail(ErrorCode::invalid_input, what + " is not in PEM form (a text with -----BEGIN ...----- in it)", "openssl x509 -inform DER -in FILE -out FILE.pem (or openssl pkey for a key) makes one of a DER file");
  return text;
}

Result<std::vector<Certificate>> read_certificates(std::string_view setting, const std::string& path) {
  TRY(const auto text, read_pem(setting, path));
  const Bio in(BIO_new_mem_buf(text.data(), int(text.size())));
  std::vector<Certificate> out;
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) out.emplace_back(one);
  const auto why = ERR_peek_last_error();
  ERR_clear_error();
  const bool at_end = ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
  const std::string what = std::string(setting) + ": the file " + path;
  if (!at_end) return fail(ErrorCode::invalid_input, what + " holds a damaged certificate (number " + std::to_string(out.size() + 1) + "): " + openssl_text(why), "openssl x509 -in " + path + " -noout -text shows what is in it");
  if (out.empty()) return fail(ErrorCode::invalid_input, what + " holds no certificate" + (text.find("PRIVATE KEY") != Bytes::npos ? " but a private key" : ""), how_to_make_a_certificate());
  return out;
}

int no_password(char*, int, int, void* asked) {   // without it OpenSSL would ask on the terminal
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<Key> read_key(std::string_view setting, const std::string& path) {
  TRY(const auto text, read_pem(setting, path));
  const Bio in(BIO_new_mem_buf(text.data(), int(text.size())));
  bool asked = false;
  ERR_clear_error();
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, &asked));
  const auto why = ERR_peek_error();
  ERR_clear_error();
  const std::string what = std::string(setting) + ": the file " + path;
  if (!key && (asked || text.find("ENCRYPTED") != Bytes::npos)) return fail(ErrorCode::invalid_input, what + " is protected by a password, which nobody can type when a node starts", "openssl pkey -in " + path + " -out KEY takes the password off; then let only this user read it (chmod 600 KEY)");
  if (!key) return fail(ErrorCode::invalid_input, what + " holds no private key: " + openssl_text(why), how_to_make_a_certificate());
  return key;
}

std::int64_t ms_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? std::int64_t(timegm(&parts)) * 1000 : 0;
}

Result<Context> new_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) return fail(ErrorCode::bug, "OpenSSL gives no context: " + openssl_text(ERR_peek_error()));
  SSL_CTX* c = context.get();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  // Forward secrecy and authenticated encryption alone (RFC 9325); those of TLS 1.3 are all of that kind.
  SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);   // a connection at rest holds no 34 KiB for records
  return context;
}

Result<void> use_identity(SSL_CTX* context, std::string_view certificate_setting, const std::string& certificate_file, std::string_view key_setting, const std::string& key_file,
                          std::int64_t* expires_ms, std::string* subject) {
  TRY(const auto chain, read_certificates(certificate_setting, certificate_file));
  TRY(const auto key, read_key(key_setting, key_file));
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    return fail(ErrorCode::invalid_input, std::string(certificate_setting) + ": the certificate in " + certificate_file + " cannot be used: " + openssl_text(ERR_peek_error()), how_to_make_a_certificate());
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    std::string hint = "the two must be made together; openssl x509 -in " + certificate_file + " -noout -pubkey and openssl pkey -in " + key_file + " -pubout must print the same";
    for (std::size_t i = 1; i < chain.size(); ++i)
      if (X509_check_private_key(chain[i].get(), key.get()) == 1) hint = "the certificate that belongs to the key is number " + std::to_string(i + 1) + " in its file; it must stand first";
    ERR_clear_error();
    return fail(ErrorCode::invalid_input, std::string(key_setting) + ": the key in " + key_file + " does not belong to the certificate in " + certificate_file, std::move(hint));
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return fail(ErrorCode::invalid_input, std::string(key_setting) + ": the key in " + key_file + " cannot be used: " + openssl_text(ERR_peek_error()), how_to_make_a_certificate());
  if (expires_ms) {
    *expires_ms = std::numeric_limits<std::int64_t>::max();
    for (const auto& one : chain) *expires_ms = std::min(*expires_ms, ms_of(X509_get0_notAfter(one.get())));
  }
  if (subject) *subject = name_text(X509_get_subject_name(chain.front().get()));
  return {};
}

struct Loaded {
  Context context;
  std::int64_t expires_ms = 0;
  std::string subject;
};

Result<std::shared_ptr<const Loaded>> load(const TlsFiles& files) {
  auto out = std::make_shared<Loaded>();
  TRY(out->context, new_context(TLS_server_method()));
  SSL_CTX* c = out->context.get();
  SSL_CTX_set_options(c, SSL_OP_IGNORE_UNEXPECTED_EOF);   // clients that just go are usual; requests have their own ends
  TRY_VOID(use_identity(c, "tls_certificate", files.certificate, "tls_key", files.key, &out->expires_ms, &out->subject));
  SSL_CTX_set_alpn_select_cb(c, TlsStreamImpl::choose, nullptr);
  static constexpr std::string_view session_context = "braid";   // needed to resume sessions of clients that have shown a certificate
  SSL_CTX_set_session_id_context(c, reinterpret_cast<const unsigned char*>(session_context.data()), unsigned(session_context.size()));
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);         // tickets keep nothing here
  if (!files.client_ca.empty()) {
    TRY(const auto authorities, read_certificates("tls_client_ca", files.client_ca));
    for (const auto& one : authorities) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(c), one.get());
      SSL_CTX_add_client_CA(c, one.get());
    }
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return std::shared_ptr<const Loaded>(std::move(out));
}

class TlsServerImpl final : public TlsServer {
 public:
  explicit TlsServerImpl(TlsFiles files) : files_(std::move(files)) {}
  std::unique_ptr<TlsStream> wrap(std::unique_ptr<Stream> stream, std::vector<std::string> protocols) const override {
    return std::make_unique<TlsStreamImpl>(now()->context, std::move(stream), "", std::move(protocols), true);
  }
  Result<void> reload() override {
    const auto stamps = stamps_now();   // before reading: what changes meanwhile is read again
    auto loaded = load(files_);
    const std::lock_guard lock(mutex_);
    stamps_ = stamps;
    if (!loaded) return std::unexpected(std::move(loaded).error());
    loaded_ = *std::move(loaded);
    return {};
  }
  bool files_changed() const override {
    const auto stamps = stamps_now();
    const std::lock_guard lock(mutex_);
    return stamps != stamps_;
  }
  const TlsFiles& files() const override { return files_; }
  std::int64_t expires_ms() const override { return now()->expires_ms; }
  std::string subject() const override { return now()->subject; }

 private:
  using Stamps = std::array<Stamp, 3>;
  Stamps stamps_now() const { return {stamp_of(files_.certificate), stamp_of(files_.key), stamp_of(files_.client_ca)}; }
  std::shared_ptr<const Loaded> now() const {
    const std::lock_guard lock(mutex_);
    return loaded_;
  }
  const TlsFiles files_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;   // shared with whoever shakes hands while a new one is loaded
  Stamps stamps_{};
};

class TlsClientImpl final : public TlsClient {
 public:
  explicit TlsClientImpl(Context context) : context_(std::move(context)) {}
  std::unique_ptr<TlsStream> wrap(std::unique_ptr<Stream> stream, std::string host, std::vector<std::string> protocols) const override {
    return std::make_unique<TlsStreamImpl>(context_, std::move(stream), std::move(host), std::move(protocols), false);
  }

 private:
  Context context_;
};

}  // namespace

Result<std::shared_ptr<TlsServer>> TlsServer::open(TlsFiles files) {
  if (files.certificate.empty()) return fail(ErrorCode::invalid_input, std::string(files.key.empty() ? "tls_client_ca" : "tls_key") + " is given without tls_certificate", how_to_make_a_certificate());
  if (files.key.empty()) return fail(ErrorCode::invalid_input, "tls_certificate is given without tls_key", "tls_key names the file with the certificate's private key; " + how_to_make_a_certificate());
  auto server = std::make_shared<TlsServerImpl>(std::move(files));
  TRY_VOID(server->reload());
  return std::shared_ptr<TlsServer>(std::move(server));
}

Result<std::shared_ptr<TlsClient>> TlsClient::open(TlsTrust trust) {
  TRY(auto context, new_context(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context.get());   // a machine without any has none to trust: then the handshake says so
  if (!trust.ca.empty()) {
    TRY(const auto authorities, read_certificates(trust.ca_named, trust.ca));
    for (const auto& one : authorities) X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), one.get());
    X509_STORE_set_flags(SSL_CTX_get_cert_store(context.get()), X509_V_FLAG_PARTIAL_CHAIN);   // an issuer that is named is trusted, root or not
  }
  if (trust.certificate.empty() != trust.key.empty()) return fail(ErrorCode::invalid_input, "BRAID_CERTIFICATE and BRAID_KEY go together", "name both files, or neither");
  if (!trust.certificate.empty()) TRY_VOID(use_identity(context.get(), "BRAID_CERTIFICATE", trust.certificate, "BRAID_KEY", trust.key, nullptr, nullptr));
  return std::make_shared<TlsClientImpl>(std::move(context));
}

std::string how_to_make_a_certificate() {
  return "to make one for this machine: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -keyout braid.key -out braid.crt -subj /CN=localhost "
         "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 (name there what clients connect to)";
}

void log_failed_handshake(std::string_view listener, const Endpoint& peer, const Error& error) {
  static std::atomic<std::int64_t> minute{0};
  static std::atomic<int> logged{0};
  const auto now = std::chrono::duration_cast<std::chrono::minutes>(std::chrono::steady_clock::now().time_since_epoch()).count();
  if (minute.exchange(now) != now) {
    if (const int left_out = logged.exchange(0) - limits::tls_failures_logged_per_minute_max; left_out > 0) log::warn("tls_handshakes_failed", {{"not_logged", left_out}});
  }
  if (logged.fetch_add(1) >= limits::tls_failures_logged_per_minute_max) return;
  log::warn("tls_handshake_failed", {{"listener", listener}, {"peer", peer.text()}, {"why", error.message}, {"hint", error.hint}});
}

}  // namespace braid::io

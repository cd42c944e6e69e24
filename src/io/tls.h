// TLS 1.2 and 1.3 over a Stream, by OpenSSL 3; OpenSSL stays inside tls.cc.
//
// Threads: a TlsServer or TlsClient may be used from any shard at once; a TlsStream belongs to the shard of the Stream in it, and keeps that
// one's promises (net.h): one read and one write at a time, close() at any time. It must have shaken hands before it is read or written.
// Ownership: a TlsStream owns its Stream and what it needs of its TlsServer or TlsClient, which may go or load new files meanwhile.
// Errors: invalid_input (a file that is not what it should be: which one, what is wrong, how to make a right one), io (a handshake that failed,
// a broken record), timeout, unauthenticated (a certificate that is not trusted).
// Specifications: RFC 8446, 5246 (TLS), 7301 (ALPN), 6125 (names), 9325 (what to switch off).
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/net.h"

namespace braid::io {

class TlsStream : public Stream {
 public:
  virtual Task<Result<void>> handshake(Deadline deadline) = 0;   // once
  virtual std::string_view protocol() const = 0;      // what ALPN has chosen; empty: the peer offered none, or there was nothing to choose from
  virtual std::string peer_subject() const = 0;       // of a verified certificate, as RFC 2253 writes it ("CN=loader,O=Acme"); empty without one
  virtual std::string version() const = 0;            // "TLSv1.3"
  // After a failed handshake: the peer did not speak TLS; these are its first bytes. Empty when it did.
  virtual BytesView plain_text() const = 0;
  virtual Stream& under() = 0;                        // to say so in its own language
};

// PEM files. The certificate's file begins with our own and goes on with those of its issuers, the root left out.
struct TlsFiles {
  std::string certificate, key;
  std::string client_ca;          // when given, a client must show a certificate that one of these has issued
};

// What a node shows to those who connect to it.
class TlsServer {
 public:
  static Result<std::shared_ptr<TlsServer>> open(TlsFiles files);
  virtual ~TlsServer() = default;
  // `protocols`: for ALPN, best first. A client that offers only others is refused; one that offers none is not.
  virtual std::unique_ptr<TlsStream> wrap(std::unique_ptr<Stream> stream, std::vector<std::string> protocols) const = 0;
  // Reads the files again; connections that are open go on. On an error what was loaded before stays in force.
  virtual Result<void> reload() = 0;
  virtual bool files_changed() const = 0;             // since they were last read, well or not
  virtual const TlsFiles& files() const = 0;
  virtual std::int64_t expires_ms() const = 0;        // the first day on which one of the certificates shown is no longer valid, ms since 1970
  virtual std::string subject() const = 0;
};

struct TlsTrust {
  std::string ca;                 // PEM file of authorities to trust beside the system's; empty: those alone
  std::string ca_named = "--ca";  // what errors call it
  std::string certificate, key;   // of our own, for servers that ask for one; both or none
};

// How we connect to others. Their certificate is always checked, against the name or address that we connect to.
class TlsClient {
 public:
  static Result<std::shared_ptr<TlsClient>> open(TlsTrust trust);
  virtual ~TlsClient() = default;
  virtual std::unique_ptr<TlsStream> wrap(std::unique_ptr<Stream> stream, std::string host, std::vector<std::string> protocols) const = 0;
};

// How to make a certificate for a machine of one's own; for hints.
std::string how_to_make_a_certificate();
// One line about a handshake that failed, unless there were many in this minute (then one that says how many were left out).
void log_failed_handshake(std::string_view listener, const Endpoint& peer, const Error& error);

}  // namespace braid::io

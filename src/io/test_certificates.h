// Certificates for tests, made on the spot. For test programs alone.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace braid::io {

// An authority and what it issues; each is written as NAME.crt and NAME.key in a directory that goes with this object.
class TestCertificates {
 public:
  TestCertificates() : directory_(std::filesystem::temp_directory_path() / ("braid_certificates_" + std::to_string(getpid()) + "_" + std::to_string(next()++))) {
    std::filesystem::create_directories(directory_);
    authority_ = make("ca", "", 365, nullptr);
  }
  ~TestCertificates() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TestCertificates(const TestCertificates&) = delete;

  std::string path(const std::string& file) const { return (directory_ / file).string(); }
  // `names`: "DNS:localhost,IP:127.0.0.1"
  void issue(const std::string& name, const std::string& names, int days = 30) { make(name, names, days, &authority_); }
  void write(const std::string& file, const std::string& text) const { std::ofstream(path(file)) << text; }
  std::string read(const std::string& file) const {
    std::ifstream in(path(file));
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  struct Pair {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
  };
  static int& next() {
    static int n = 0;
    return n;
  }
  Pair make(const std::string& name, const std::string& names, int days, const Pair* issuer) {
    Pair out{{X509_new(), X509_free}, {EVP_EC_gen("P-256"), EVP_PKEY_free}};
    X509* c = out.certificate.get();
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(c), -86'400L * 60);
    X509_gmtime_adj(X509_getm_notAfter(c), 86'400L * days);
    X509_set_pubkey(c, out.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()), int(name.size()), -1, 0);
    X509_set_issuer_name(c, X509_get_subject_name(issuer ? issuer->certificate.get() : c));
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer ? issuer->certificate.get() : c, c, nullptr, nullptr, 0);
    const auto extend = [&](int what, const std::string& value) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
      X509_add_ext(c, extension, -1);
      X509_EXTENSION_free(extension);
    };
    if (!issuer) extend(NID_basic_constraints, "critical,CA:TRUE");
    if (!names.empty()) extend(NID_subject_alt_name, names);
    X509_sign(c, (issuer ? issuer->key : out.key).get(), EVP_sha256());
    save(name + ".crt", [&](BIO* to) { PEM_write_bio_X509(to, c); });
    save(name + ".key", [&](BIO* to) { PEM_write_bio_PrivateKey(to, out.key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return out;
  }
  template <class F> void save(const std::string& file, F write_to) {
    BIO* to = BIO_new_file(path(file).c_str(), "w");
    write_to(to);
    BIO_free(to);
  }
  std::filesystem::path directory_;
  Pair authority_;
  long serial_ = 0;
};

}  // namespace braid::io

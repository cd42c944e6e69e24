#include "registry/identity.h"

#include <openssl/evp.h>

#include <memory>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::registry {
namespace {

// No separators and no lengths: that is the definition, whatever one thinks of it.
class Digest {
 public:
  Digest() { BRAID_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_.get(), md5(), nullptr) == 1); }
  void add(std::string_view text) { BRAID_ASSERT(EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1); }
  void add_if(const std::optional<std::string>& text) { if (text) add(std::string_view(*text)); }
  void add_mark() { add(std::string_view("\1", 1)); }
  void add_int(std::int32_t value) {
    char bytes[4];
    store_be(bytes, value);
    add(std::string_view(bytes, 4));
  }
  Guid finish() {
    Guid out{};
    unsigned size = 0;
    BRAID_ASSERT(EVP_DigestFinal_ex(context_.get(), out.data(), &size) == 1 && size == out.size());
    return out;
  }

 private:
  static const EVP_MD* md5() {                     // looked up once: with EVP_md5() every use does so again
    static const EVP_MD* const found = EVP_MD_fetch(nullptr, "MD5", nullptr);
    return found != nullptr ? found : EVP_md5();
  }
  inline static thread_local std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), EVP_MD_CTX_free};   // one digest at a time
};

void add(Digest& digest, const Metadata& metadata) {
  digest.add_mark();
  for (const auto& [path, tags] : metadata.tags) {
    digest.add(path);
    for (const auto& tag : tags) digest.add(tag);
  }
  for (const auto& [key, value] : metadata.properties) { digest.add(key); digest.add(value); }
  for (const auto& key : metadata.sensitive) digest.add(key);
}

void add(Digest& digest, const Rule& rule) {
  digest.add(rule.name);
  digest.add_if(rule.doc);
  digest.add_if(rule.kind);
  digest.add_if(rule.mode);
  digest.add_if(rule.type);
  for (const auto& tag : rule.tags) digest.add(tag);
  for (const auto& [key, value] : rule.params) { digest.add(key); digest.add(value); }
  digest.add_if(rule.expr);
  digest.add_if(rule.on_success);
  digest.add_if(rule.on_failure);
  if (rule.disabled) digest.add_mark();
}

}  // namespace

Guid identity_of(std::string_view text, const std::vector<Reference>& references, const std::optional<Metadata>& metadata,
                 const std::optional<RuleSet>& rule_set) {
  Digest digest;
  digest.add(text);
  for (const auto& reference : references) {
    digest.add(reference.name);
    digest.add(reference.subject);
    digest.add_int(reference.version);
  }
  if (metadata) add(digest, *metadata);
  if (rule_set) {
    digest.add_mark();
    for (const auto* rules : {&rule_set->migration_rules, &rule_set->domain_rules, &rule_set->encoding_rules})
      for (const auto& rule : *rules) add(digest, rule);
    digest.add_if(rule_set->enable_at);
  }
  return digest.finish();
}

std::string guid_text(const Guid& guid) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < guid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    out.push_back(hex[guid[i] >> 4]);
    out.push_back(hex[guid[i] & 15]);
  }
  return out;
}

std::optional<Guid> parse_guid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Guid out{};
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (value < 0) return std::nullopt;
    out[digit / 2] = std::uint8_t(digit % 2 == 0 ? value << 4 : out[digit / 2] | value);
    ++digit;
  }
  return out;
}

std::string guid_base64(const Guid& guid) {
  std::string out(25, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), guid.data(), int(guid.size()));
  out.resize(std::size_t(n));
  return out;
}

}  // namespace braid::registry

#include "flow/snapshot.h"

#include <xxhash.h>

#include "base/log.h"

namespace braid::flow {

namespace {

constexpr BytesView magic = "BRFLOW01";
constexpr std::uint64_t rewrite_from_bytes = 8 << 20;   // below it a rewrite saves nothing worth its sync

void text(Bytes& out, BytesView t) {
  Writer w(out);
  w.uvarint(t.size());
  w.bytes(t);
}

void positions_to(Bytes& out, const Positions& positions) {
  Writer w(out);
  w.uvarint(positions.size());
  for (const auto& [place, offset] : positions) {
    text(out, place.first);
    w.be(std::uint32_t(place.second));
    w.be(std::uint64_t(offset));
  }
}

Bytes framed(const Bytes& body) {
  Bytes out;
  Writer w(out);
  w.be(std::uint32_t(body.size()));
  w.be(std::uint64_t(XXH3_64bits(body.data(), body.size())));
  w.bytes(body);
  return out;
}

Result<void> load_block(BytesView body, StoreSet& stores, Positions& positions) {
  Reader in(body);
  const std::uint64_t places = in.uvarint();
  for (std::uint64_t i = 0; i < places && in.ok(); ++i) {
    const std::string topic(in.bytes(in.uvarint()));
    const auto partition = std::int32_t(in.be<std::uint32_t>());
    positions[{topic, partition}] = std::int64_t(in.be<std::uint64_t>());
  }
  const std::uint64_t changes = in.uvarint();
  for (std::uint64_t i = 0; i < changes && in.ok(); ++i) {
    const std::string name(in.bytes(in.uvarint()));
    const BytesView key = in.bytes(in.uvarint());
    std::optional<BytesView> payload;
    if (in.u8() != 0) payload = in.bytes(in.uvarint());
    if (!in.ok()) break;
    TRY(Store* store, stores.named(name));
    TRY_VOID(store->restore(key, payload));
  }
  if (!in.ok()) return fail(ErrorCode::corrupt, "a block of the state is cut short inside");
  return {};
}

}  // namespace

Result<std::unique_ptr<StateFile>> StateFile::open(io::FileSystem& files, std::string path, StoreSet& stores) {
  std::unique_ptr<StateFile> out(new StateFile(files, std::move(path)));
  TRY(out->file_, files.open(out->path_, io::OpenMode::create));
  TRY_VOID(out->load(stores));
  return out;
}

Result<void> StateFile::load(StoreSet& stores) {
  TRY(const Bytes content, file_->read_all());
  if (content.empty()) {
    TRY_VOID(file_->write_at(0, magic));
    TRY_VOID(file_->sync());
    size_ = whole_size_ = magic.size();
    return {};
  }
  if (!content.starts_with(magic)) return fail(ErrorCode::corrupt, path_ + " is not a state file of a query", "move it away; the query then starts from its input's beginning");
  std::size_t at = magic.size();
  while (content.size() - at >= 12) {
    const std::size_t length = load_be<std::uint32_t>(content.data() + at);
    if (length > content.size() - at - 12) break;
    const BytesView body(content.data() + at + 12, length);
    if (load_be<std::uint64_t>(content.data() + at + 4) != XXH3_64bits(body.data(), body.size())) break;
    TRY_VOID(load_block(body, stores, positions_));
    at += 12 + length;
  }
  if (at < content.size()) {
    log::warn("query_state_tail_cut", {{"file", path_}, {"bytes", content.size() - at}});
    TRY_VOID(file_->truncate(at));
    TRY_VOID(file_->sync());
  }
  size_ = whole_size_ = at;
  return {};
}

StateFile::Prepared StateFile::prepare(StoreSet& stores, const Positions& positions) {
  positions_ = positions;
  Prepared out;
  out.whole = size_ > rewrite_from_bytes && size_ > 3 * whole_size_ && size_ > 2 * stores.bytes();
  Bytes changes;
  std::uint64_t count = 0;
  for (const auto& [name, store] : stores.all()) {
    const ChangeSink sink = [&](BytesView key, std::optional<BytesView> payload) {
      text(changes, name);
      text(changes, key);
      changes.push_back(payload ? '\1' : '\0');
      if (payload) text(changes, *payload);
      ++count;
    };
    if (out.whole) {
      store->drain_changes([](BytesView, std::optional<BytesView>) {});
      store->all(sink);
    } else {
      store->drain_changes(sink);
    }
  }
  Bytes body;
  positions_to(body, positions);
  Writer(body).uvarint(count);
  body += changes;
  out.block = framed(body);
  return out;
}

Result<void> StateFile::write(const Prepared& prepared) {
  if (prepared.whole) {
    Bytes content(magic);
    content += prepared.block;
    TRY_VOID(files_.replace_file(path_, content));
    TRY(file_, files_.open(path_, io::OpenMode::read_write));
    size_ = whole_size_ = content.size();
    return {};
  }
  TRY_VOID(file_->write_at(size_, prepared.block));
  TRY_VOID(file_->sync());
  size_ += prepared.block.size();
  return {};
}

}  // namespace braid::flow

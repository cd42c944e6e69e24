#include "catalog/catalog.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/limits/catalog.h"
#include "base/log.h"
#include "catalog/index.h"
#include "catalog/schema_fields.h"
#include "eventlog/journal.h"
#include "io/sync.h"
#include "mesh/topics.h"
#include "registry/service.h"
#include "registry/tags.h"

namespace braid::catalog {
namespace {

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& s : list) out += (out.empty() ? "" : ", ") + s;
  return out;
}
json::array strings(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& s : list) out.emplace_back(s);
  return out;
}
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) if (c >= 'A' && c <= 'Z') c = char(c + 32);
  return out;
}
std::string text_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  if (!v) return {};
  if (const auto* s = v->if_string()) return std::string(*s);
  return v->is_null() ? std::string() : json::print(*v);
}

// "retention.ms" -> "retentionMs", as attributes of kafka_topic are called.
std::string attribute_name(std::string_view config) {
  std::string out;
  bool up = false;
  for (const char c : config) {
    if (c == '.') { up = true; continue; }
    out += up && c >= 'a' && c <= 'z' ? char(c - 32) : c;
    up = false;
  }
  return out;
}
json::value attribute_value(const std::string& name, const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  if (!text.empty() && text.find_first_not_of("-0123456789") == std::string::npos && text.size() < 19)
    if (const auto parsed = json::parse(text); parsed && parsed->is_int64()) return *parsed;
  std::string out = text;
  if (name == "cleanupPolicy" || name == "compressionType")
    for (char& c : out) if (c >= 'a' && c <= 'z') c = char(c - 32);
  return json::value(std::string_view(out));
}

// ":.ctx:subject" -> ".ctx:"; "" for the default context.
std::string context_prefix(std::string_view subject) {
  if (!subject.starts_with(":.")) return {};
  const auto end = subject.find(':', 1);
  return end == std::string_view::npos ? std::string() : std::string(subject.substr(1, end));
}
std::string_view without_context(std::string_view subject) {
  if (!subject.starts_with(":.")) return subject;
  const auto end = subject.find(':', 1);
  return end == std::string_view::npos ? subject : subject.substr(end + 1);
}
// The topic whose keys or values the subject describes (TopicNameStrategy), or nothing.
std::string topic_of_subject(std::string_view subject) {
  for (const std::string_view suffix : {"-value", "-key"})
    if (subject.ends_with(suffix)) return std::string(subject.substr(0, subject.size() - suffix.size()));
  return {};
}

}  // namespace

struct Catalog::Impl {
  Sources sources;
  Place place;
  Annotations annotations{};
  std::unique_ptr<eventlog::Journal> journal{};
  std::unique_ptr<Index> index{};

  struct Kept {
    const Entity* entity = nullptr;                     // in `entities`, whose nodes stay where they are
    std::uint32_t versions = 0;                         // that make it
  };
  struct Made {                                         // what a version of a subject was made from, and what it made: itself first
    registry::Guid guid{};
    SchemaId id{};
    std::int64_t registered_ms = 0;
    std::string domain{};
    std::vector<std::uint64_t> ids{};
  };

  std::map<EntityRef, Entity> entities{};
  std::unordered_map<std::uint64_t, Kept> kept{};       // by id
  std::uint64_t next_id = 1;
  std::vector<std::uint64_t> changed{};                 // whose documents are not in the index yet; some of them twice, or gone again
  std::vector<Document> documents{};                    // made, and not in the index yet; of one thing the last counts
  std::vector<std::uint64_t> gone{};

  std::map<std::string, eventlog::TopicInfo> topics{};
  std::map<std::string, std::string> product_of_topic{};
  std::map<std::string, std::map<std::int32_t, Made>> of_subject{};

  std::vector<std::string> backlog{};                   // the subjects of the start, until they are in; empty afterwards
  Indexing filling{};
  std::uint64_t texts_read = 0;
  bool closing = false;
  io::Gate gate{};
  io::Notifier filled{};

  // Filled by the registry's listener, which outlives us; shared with it.
  std::shared_ptr<std::set<std::string>> dirty_subjects = std::make_shared<std::set<std::string>>();
  std::set<std::string> dirty_products{}, dirty_domains{};
  std::map<std::string, std::set<std::string>> topics_of_product{};
  std::uint64_t queries_seen = 0;
  bool queries_known = false;
  std::uint64_t mesh_listener = 0;
  std::uint64_t listings_begun = 0, listing_applied = 0;

  Result<void> apply(const eventlog::RecordView& r) {
    if (!r.key) return fail(ErrorCode::corrupt, "a catalog record without a key");
    TRY_VOID(annotations.apply(*r.key, r.value));
    if (const auto ref = Annotations::subject_of(*r.key))
      if (const Entity* e = find(*ref)) changed.push_back(e->id);
    return {};
  }

  // --- keeping entities ---

  Entity& put(EntityRef ref, std::string name) {
    const auto [it, is_new] = entities.try_emplace(ref);
    Entity& e = it->second;
    const std::uint64_t id = is_new ? next_id++ : e.id;
    e = Entity{.ref = std::move(ref), .id = id, .name = std::move(name)};
    if (is_new) kept[id].entity = &e;
    changed.push_back(id);
    return e;
  }
  void drop(const EntityRef& ref) {
    const auto it = entities.find(ref);
    if (it == entities.end()) return;
    gone.push_back(it->second.id);
    kept.erase(it->second.id);
    entities.erase(it);
  }
  const Entity* find(const EntityRef& ref) const {
    const auto it = entities.find(ref);
    return it == entities.end() ? nullptr : &it->second;
  }
  const Entity* by_id(std::uint64_t id) const {
    const auto it = kept.find(id);
    return it == kept.end() ? nullptr : it->second.entity;
  }
  // The entity of the subject's latest version: it has the names of its fields.
  const Entity* latest_of(const std::string& subject) const {
    const auto it = of_subject.find(subject);
    return it == of_subject.end() ? nullptr : by_id(it->second.rbegin()->second.ids.front());
  }

  // --- topics ---

  void put_topic(const eventlog::TopicInfo& info) {
    Entity& e = put({EntityType::kafka_topic, info.name}, info.name);
    e.attributes = {{"id", to_base64url(info.id)}, {"partitionsCount", info.partitions}, {"replicationFactor", info.replication_factor}, {"isInternal", info.internal || info.name.starts_with("_")}};
    if (const auto owner = product_of_topic.find(info.name); owner != product_of_topic.end())
      if (const mesh::Product* p = sources.mesh.state().product(owner->second)) {
        e.domain = p->domain;
        e.owner = p->owner;
        e.quality = std::string(name_of(p->quality));
        e.state = std::string(name_of(p->state));
        e.description = p->description;
        e.tags = p->tags;
        e.attributes["dataProduct"] = p->name;
      }
    for (const char* side : {"-value", "-key"})
      if (const Entity* version = latest_of(info.name + side)) {
        e.fields.insert(e.fields.end(), version->fields.begin(), version->fields.end());
        if (e.format.empty()) e.format = version->format;
      }
  }
  void touch_topic(const std::string& name) {
    if (const auto it = topics.find(name); it != topics.end()) put_topic(it->second);
  }
  void apply_listing(std::vector<eventlog::TopicInfo> listed) {
    std::map<std::string, eventlog::TopicInfo> now;
    for (auto& t : listed) now.emplace(t.name, std::move(t));
    for (const auto& [name, info] : topics)
      if (!now.contains(name)) drop({EntityType::kafka_topic, name});
    for (const auto& [name, info] : now) {
      const auto old = topics.find(name);
      if (old != topics.end() && old->second.partitions == info.partitions && old->second.id == info.id) continue;
      put_topic(info);
    }
    topics = std::move(now);
  }

  // --- schemas ---

  // Only versions that came, went or changed their domain cost something: a version's text never changes.
  void refresh_subject(const std::string& subject) {
    std::string domain;
    const std::string topic = topic_of_subject(subject);
    const auto owner = topic.empty() ? product_of_topic.end() : product_of_topic.find(topic);
    if (owner != product_of_topic.end())
      if (const mesh::Product* p = sources.mesh.state().product(owner->second)) domain = p->domain;
    auto& before = of_subject[subject];
    std::map<std::int32_t, Made> now;
    if (const auto* all = sources.registry->service().state().versions(subject))
      for (const auto& [number, v] : *all) {
        if (v.deleted) continue;
        const auto old = before.find(number);
        const bool same = old != before.end() && old->second.guid == v.guid && old->second.id == v.id && old->second.registered_ms == v.registered_ms && old->second.domain == domain;
        if (same) now.insert(before.extract(old));
        else now.emplace(number, make_version(v, domain));
      }
    for (const auto& [number, made] : before) release(made);
    if (now.empty()) of_subject.erase(subject);
    else before = std::move(now);
    if (topic.empty()) return;
    touch_topic(topic);
    if (owner != product_of_topic.end()) put_product(owner->second);
  }
  void release(const Made& made) {
    for (const auto id : made.ids)
      if (const auto it = kept.find(id); it != kept.end() && --it->second.versions == 0) {
        const EntityRef ref = it->second.entity->ref;
        drop(ref);
      }
  }

  Made make_version(const registry::RegisteredSchema& v, const std::string& domain) {
    Made made{.guid = v.guid, .id = v.id, .registered_ms = v.registered_ms, .domain = domain};
    const std::string prefix = context_prefix(v.subject);
    const std::string type(registry::name_of(v.type));
    const std::string schema_key = prefix + std::to_string(v.id.value);
    const std::int64_t registered = std::max<std::int64_t>(v.registered_ms, 0);

    Entity& version = put({EntityType::sr_subject_version, prefix + std::string(without_context(v.subject)) + ":" + std::to_string(v.version)}, v.subject);
    version.format = type;
    version.domain = domain;
    version.created_ms = registered;
    version.attributes = {{"version", v.version}, {"id", v.id.value}, {"context", prefix.empty() ? "." : prefix.substr(0, prefix.size() - 1)}, {"subject", v.subject}};
    made.ids.push_back(version.id);

    const SchemaContent content = read_schema(type, v.text);
    ++texts_read;
    std::vector<std::string> names;
    for (const auto& f : content.fields) names.push_back(f.name);
    version.fields = std::move(names);

    Entity& schema = put({EntityType::sr_schema, schema_key}, content.records.empty() ? "schema " + std::to_string(v.id.value) : content.records.front().name);
    schema.format = type;
    schema.domain = domain;
    schema.created_ms = registered;
    schema.attributes = {{"id", v.id.value}, {"schemaType", type}, {"context", prefix.empty() ? "." : prefix.substr(0, prefix.size() - 1)}};
    made.ids.push_back(schema.id);
    for (const auto& r : content.records) {
      Entity& e = put({EntityType::sr_record, schema_key + ":" + r.name}, r.name);
      e.description = r.doc;
      e.format = type;
      e.domain = domain;
      e.created_ms = registered;
      e.attributes = {{"schemaId", v.id.value}};
      made.ids.push_back(e.id);
    }
    for (const auto& f : content.fields) {
      Entity& e = put({EntityType::sr_field, schema_key + ":" + f.record + "." + f.name}, f.name);
      e.description = f.doc;
      e.format = type;
      e.domain = domain;
      e.tags = f.tags;
      if (v.metadata)   // tags by path stand beside those in the text
        for (const auto& tag : registry::tags_by_path(*v.metadata, f.record + "." + f.name))
          if (std::find(e.tags.begin(), e.tags.end(), tag) == e.tags.end()) e.tags.push_back(tag);
      e.created_ms = registered;
      e.attributes = {{"schemaId", v.id.value}, {"type", f.type}, {"record", f.record}, {"subject", v.subject}};
      made.ids.push_back(e.id);
    }
    std::sort(made.ids.begin() + 1, made.ids.end());    // a text may name the same thing twice
    made.ids.erase(std::unique(made.ids.begin() + 1, made.ids.end()), made.ids.end());
    for (const auto id : made.ids) ++kept[id].versions;
    return made;
  }

  // --- products, domains, queries ---

  void put_product(const std::string& name) {
    const mesh::Product* p = sources.mesh.state().product(name);
    if (!p) return drop({EntityType::data_product, name});
    Entity& e = put({EntityType::data_product, name}, name);
    e.description = p->description;
    e.documentation = p->documentation;
    e.domain = p->domain;
    e.owner = p->owner;
    e.quality = std::string(name_of(p->quality));
    e.state = std::string(name_of(p->state));
    e.tags = p->tags;
    e.created_ms = p->created_ms;
    e.updated_ms = p->changed_ms;
    json::array ports;
    for (const auto& port : p->ports) {
      ports.emplace_back(port.topic);
      if (const Entity* version = latest_of(port.topic + "-value")) {
        e.fields.insert(e.fields.end(), version->fields.begin(), version->fields.end());
        e.format = version->format;
      }
    }
    e.attributes = {{"domain", p->domain}, {"quality", e.quality}, {"sla", name_of(p->sla)}, {"state", e.state}, {"version", p->version.text()}, {"topics", std::move(ports)}, {"revision", p->revision}};
  }

  // One product and what hangs on it: its topics, and the schemas of these.
  void refresh_product(const std::string& name) {
    std::set<std::string> touched = std::exchange(topics_of_product[name], {});
    for (const auto& topic : touched)
      if (const auto it = product_of_topic.find(topic); it != product_of_topic.end() && it->second == name) product_of_topic.erase(it);
    const mesh::Product* p = sources.mesh.state().product(name);
    if (p && (p->state == mesh::Lifecycle::published || p->state == mesh::Lifecycle::deprecated))
      for (const auto& port : p->ports) {
        product_of_topic[port.topic] = name;
        topics_of_product[name].insert(port.topic);
        touched.insert(port.topic);
      }
    if (!p) topics_of_product.erase(name);
    put_product(name);
    for (const auto& topic : touched) {
      touch_topic(topic);
      for (const char* side : {"-value", "-key"})
        if (of_subject.contains(topic + side)) dirty_subjects->insert(topic + side);
    }
  }
  void refresh_domain(const std::string& name) {
    const mesh::Domain* d = sources.mesh.state().domain(name);
    if (!d) return drop({EntityType::domain, name});
    Entity& e = put({EntityType::domain, name}, name);
    e.description = d->description;
    e.domain = name;
    e.created_ms = d->created_ms;
    e.attributes = {{"title", d->title}};
  }
  void refresh_products() {
    if (dirty_products.empty() && dirty_domains.empty()) return;
    for (const auto& name : std::exchange(dirty_products, {})) refresh_product(name);
    for (const auto& name : std::exchange(dirty_domains, {})) refresh_domain(name);
    queries_known = false;   // their domains may have changed
  }

  void refresh_queries() {
    const std::uint64_t revision = sources.queries.revision();
    if (queries_known && revision == queries_seen) return;
    queries_known = true;
    queries_seen = revision;
    std::set<EntityRef> now;
    for (const auto& q : sources.queries.list()) {
      Entity& e = put({EntityType::query, q.id}, q.id);
      e.description = q.statement;
      e.state = q.state;
      if (const auto owner = product_of_topic.find(q.sink_topic); owner != product_of_topic.end())
        if (const mesh::Product* p = sources.mesh.state().product(owner->second)) e.domain = p->domain;
      e.attributes = {{"statement", q.statement}, {"sink", q.sink}, {"sinkTopic", q.sink_topic}, {"sourceTopics", strings(q.source_topics)}, {"state", q.state}};
      now.insert(e.ref);
    }
    for (auto it = entities.lower_bound({EntityType::query, ""}); it != entities.end() && it->first.type == EntityType::query;) {
      const EntityRef ref = (it++)->first;
      if (!now.contains(ref)) drop(ref);
    }
  }

  void put_places() {
    put({EntityType::kafka_logical_cluster, place.cluster}, place.cluster).attributes = {{"id", place.cluster}, {"bootstrap", sources.log.bootstrap()}};
    put({EntityType::cf_environment, place.environment}, place.environment).attributes = {{"id", place.environment}};
  }

  // Which versions have the schema: its context as in keys of entities (".ctx:" or nothing), its id in digits.
  std::set<registry::Place> places_of(const std::string& context, std::string_view id) const {
    std::int32_t number = 0;
    id = id.substr(0, id.find(':'));
    if (const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number); error != std::errc{} || end != id.data() + id.size()) return {};
    const auto* places = sources.registry ? sources.registry->service().state().places_of(context.empty() ? "." : context.substr(0, context.size() - 1), SchemaId{number}) : nullptr;
    return places ? *places : std::set<registry::Place>{};
  }

  // --- the index ---

  Document document_of(const Entity& e) const {
    Document d;
    d.id = e.id;
    d.type = std::string(name_of(e.ref.type));
    d.name = e.name;
    d.description = description_of(e);
    d.fields = joined(e.fields);
    const Annotation* a = annotations.of(e.ref);
    d.owner = e.owner + (e.domain.empty() ? "" : ", " + e.domain);
    if (a)
      for (const char* field : {"owner", "ownerEmail"})
        if (const auto it = a->attributes.find(field); it != a->attributes.end()) d.owner += ", " + it->second;
    d.tag_list = tags_of(e);
    d.tags = joined(d.tag_list);
    d.documentation = e.documentation;
    if (a)
      for (const auto& [name, values] : a->business_metadata)
        for (const auto& v : values) d.documentation += (d.documentation.empty() ? "" : "\n") + std::string(v.key()) + ": " + (v.value().is_string() ? std::string(v.value().get_string()) : json::print(v.value()));
    d.domain = e.domain;
    d.owner_team = e.owner;
    d.quality = e.quality;
    d.format = e.format;
    d.state = e.state;
    return d;
  }
  // Makes the documents of what has changed; flush() gives them to the index.
  void make_documents() {
    std::ranges::sort(changed);
    const auto twice = std::ranges::unique(changed);
    changed.erase(twice.begin(), twice.end());
    for (const auto id : changed)
      if (const Entity* e = by_id(id)) {
        // What Braid keeps for itself can be looked up, but does not crowd the results.
        const bool own = e->ref.type == EntityType::kafka_topic && e->ref.key.starts_with("_");
        const bool place_of_all = e->ref.type == EntityType::kafka_logical_cluster || e->ref.type == EntityType::cf_environment;
        if (!own && !place_of_all) documents.push_back(document_of(*e));
      }
    changed.clear();
  }
  void flush() {
    make_documents();
    index->put(std::exchange(documents, {}));
    index->remove(std::exchange(gone, {}));             // last: what is gone may have had a document made before it went
  }

  std::string description_of(const Entity& e) const {
    if (const Annotation* a = annotations.of(e.ref))
      if (const auto it = a->attributes.find("description"); it != a->attributes.end()) return it->second;
    return e.description;
  }
  std::vector<std::string> tags_of(const Entity& e) const {
    std::set<std::string> tags(e.tags.begin(), e.tags.end());
    if (const Annotation* a = annotations.of(e.ref))
      for (const auto& [name, tag] : a->tags) tags.insert(name);
    return {tags.begin(), tags.end()};
  }

  const mesh::Product* product_behind(const Entity& e) const;

  // --- the schemas of the start ---

  bool take_in(const std::string& subject) {
    if (of_subject.contains(subject)) return false;     // it was asked for, or changed, in the meantime
    refresh_subject(subject);
    return true;
  }
  void take_in_all() {
    for (const auto& subject : std::exchange(backlog, {})) take_in(subject);
    filling.done = filling.of;
  }
  // A few at a time: whoever else needs this shard has it in between, and the index is never given more than one portion ahead.
  io::Task<void> fill() {
    const auto pass = gate.enter();
    if (!pass) co_return;
    index->behind();
    kept.reserve(filling.of * 8);                       // growing it late would hold everybody up: a thing for most of the subjects' fields
    while (filling.done < filling.of && !closing) {
      for (std::size_t taken = 0; taken < limits::catalog_subjects_at_once && filling.done < filling.of; ++filling.done) taken += take_in(backlog[filling.done]) ? 1 : 0;
      make_documents();                                 // here, or flush() would make thousands at once
      if (documents.size() >= limits::catalog_documents_at_once) {
        flush();
        co_await index->size();
      } else {
        co_await io::yield();
      }
    }
    flush();
    index->as_usual();
    if (!closing) log::info("catalog_filled", {{"subjects", filling.of}, {"entities", entities.size()}});
    backlog = {};
    filled.notify_all();
  }

  // The subjects that changed, as gently; whoever asks waits until the last of them is in.
  io::Task<void> take_in_changed() {
    while (!dirty_subjects->empty()) {
      for (std::size_t taken = 0; taken < limits::catalog_subjects_at_once && !dirty_subjects->empty(); ++taken) {
        const auto subject = dirty_subjects->extract(dirty_subjects->begin());
        if (!subject.value().empty()) refresh_subject(subject.value());
      }
      make_documents();
      if (documents.size() >= limits::catalog_documents_at_once) flush();
      if (!dirty_subjects->empty()) co_await io::yield();
    }
  }
};

Catalog::Catalog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Catalog::~Catalog() = default;

io::Task<Result<std::unique_ptr<Catalog>>> Catalog::open(Sources sources, Place place, Options options) {
  std::unique_ptr<Impl> impl(new Impl{.sources = sources, .place = std::move(place)});
  Impl* self = impl.get();
  CO_TRY(impl->index, Index::open());
  eventlog::TopicSpec spec = mesh::kept_for_ever(std::string(topic));
  spec.cleanup = eventlog::Cleanup::compact;
  eventlog::Journal::Apply apply = [self](const eventlog::RecordView& r) { return self->apply(r); };
  CO_TRY(impl->journal, co_await eventlog::Journal::open(sources.log, std::move(spec), std::move(apply)));
  impl->mesh_listener = sources.mesh.listen([self](const mesh::Event& e) {
    if (e.kind == "product") self->dirty_products.insert(e.subject);
    if (e.kind == "domain") self->dirty_domains.insert(e.subject);
  });
  for (const auto& [name, p] : sources.mesh.state().products) impl->dirty_products.insert(name);
  for (const auto& [name, d] : sources.mesh.state().domains) impl->dirty_domains.insert(name);
  if (sources.registry) {
    sources.registry->on_change([dirty = impl->dirty_subjects](const registry::Change& c) { dirty->insert(c.subject); });
    impl->backlog = sources.registry->subjects();
    impl->filling.of = impl->backlog.size();
  }
  impl->put_places();
  auto catalog = std::unique_ptr<Catalog>(new Catalog(std::move(impl)));
  auto first = co_await catalog->refresh();
  if (!first) {
    co_await catalog->close();
    co_return std::unexpected(std::move(first).error());
  }
  if (self->filling.of <= options.subjects_at_open) {
    self->take_in_all();
    self->flush();
  } else if (options.fill) {
    io::Shard::current()->spawn(self->fill());
  }
  co_return std::move(catalog);
}

io::Task<void> Catalog::close() {
  impl_->closing = true;
  impl_->filled.notify_all();
  co_await impl_->gate.close();
  impl_->sources.mesh.unlisten(impl_->mesh_listener);
  co_await impl_->journal->close();
}

io::Task<Result<void>> Catalog::refresh() {
  const std::uint64_t mine = ++impl_->listings_begun;
  CO_TRY(auto listed, co_await impl_->sources.log.list_topics());
  // An answer that was asked for earlier must not undo a later one.
  if (mine > impl_->listing_applied) {
    impl_->listing_applied = mine;
    impl_->refresh_products();
    impl_->apply_listing(std::move(listed));
  }
  impl_->refresh_products();
  co_await impl_->take_in_changed();
  impl_->refresh_queries();
  impl_->flush();
  co_return Result<void>{};
}

Indexing Catalog::indexing() const { return impl_->filling; }
std::uint64_t Catalog::texts_read() const { return impl_->texts_read; }
io::Task<void> Catalog::whole() {
  while (!impl_->filling.whole() && !impl_->closing) co_await impl_->filled.wait();
}
void Catalog::fetch(const EntityRef& ref) {
  if (impl_->filling.whole() || impl_->find(ref)) return;
  // "ctx:name:1", "ctx:3", "ctx:3:record.field" (entity.h): the subject itself, or a subject that has the id.
  const std::size_t after_context = ref.key.starts_with(".") ? ref.key.find(':') + 1 : 0;
  const std::string context = ref.key.substr(0, after_context);
  const std::string in_context = context.empty() ? "" : ":" + context;
  if (ref.type == EntityType::sr_subject_version) {
    const auto version = ref.key.rfind(':');
    if (version != std::string::npos && version >= after_context) impl_->take_in(in_context + ref.key.substr(after_context, version - after_context));
  } else if (ref.type == EntityType::sr_schema || ref.type == EntityType::sr_record || ref.type == EntityType::sr_field) {
    for (const auto& [subject, version] : impl_->places_of(context, ref.key.substr(after_context))) impl_->take_in(subject);
  }
  impl_->flush();
}

const Place& Catalog::place() const { return impl_->place; }
const Annotations& Catalog::annotations() const { return impl_->annotations; }
const Entity* Catalog::find(const EntityRef& ref) const { return impl_->find(ref); }
const Entity* Catalog::by_id(std::uint64_t id) const {
  return impl_->by_id(id);
}
std::size_t Catalog::size() const { return impl_->entities.size(); }
std::string Catalog::description_of(const Entity& e) const { return impl_->description_of(e); }
std::vector<std::string> Catalog::tags_of(const Entity& e) const { return impl_->tags_of(e); }

const mesh::Product* Catalog::Impl::product_behind(const Entity& e) const {
  return e.ref.type == EntityType::kafka_topic ? sources.mesh.state().product_of_topic(e.ref.key) : nullptr;
}

std::vector<std::string> Catalog::public_tags_of(const Entity& e) const {
  auto tags = tags_of(e);
  if (impl_->product_behind(e) && std::ranges::find(tags, "ProdDP") == tags.end()) tags.insert(std::ranges::upper_bound(tags, "ProdDP"), "ProdDP");
  return tags;
}

std::map<std::string, json::object> Catalog::business_metadata_of(const Entity& e) const {
  std::map<std::string, json::object> out;
  if (const Annotation* a = impl_->annotations.of(e.ref)) out = a->business_metadata;
  if (const mesh::Product* p = impl_->product_behind(e))
    out.try_emplace("DataProduct", json::object{{"owner", p->owner}, {"description", p->description}, {"domain", p->domain}, {"sla", name_of(p->sla)}, {"quality", name_of(p->quality)}});
  return out;
}

json::object Catalog::attributes_of(const Entity& e) const {
  json::object o{{"qualifiedName", qualified_name(impl_->place, e.ref)}, {"name", e.name}, {"nameLower", lower(e.name)}, {"displayName", e.name}, {"tenant", impl_->place.registry}};
  for (const auto& field : e.attributes) o[field.key()] = field.value();
  const std::string description = description_of(e);
  o["description"] = description.empty() ? json::value(nullptr) : json::value(std::string_view(description));
  o["owner"] = e.owner.empty() ? json::value(nullptr) : json::value(std::string_view(e.owner));
  o["ownerEmail"] = nullptr;
  if (e.created_ms) o["createTime"] = e.created_ms;
  if (e.updated_ms) o["updateTime"] = e.updated_ms;
  if (const Annotation* a = impl_->annotations.of(e.ref))
    for (const auto& [name, value] : a->attributes) o[name] = value;
  return o;
}

io::Task<json::object> Catalog::attributes_in_full(EntityRef ref) {
  json::object configs;
  if (ref.type == EntityType::kafka_topic) {
    auto in_force = co_await impl_->sources.log.topic_configs(ref.key);
    if (in_force)
      for (const auto& [name, value] : *in_force) configs[attribute_name(name)] = attribute_value(attribute_name(name), value);
  }
  const Entity* e = impl_->find(ref);
  if (!e) co_return json::object{};
  json::object o = attributes_of(*e);
  for (const auto& field : configs)
    if (!o.contains(field.key())) o[field.key()] = field.value();
  co_return o;
}

std::vector<EntityRef> Catalog::related(const Entity& e, std::string_view relation) const {
  std::vector<EntityRef> out;
  const auto add_if_there = [&](EntityRef ref) { if (impl_->find(ref)) out.push_back(std::move(ref)); };
  const auto schema_of = [&](const Entity& of) {   // "3:ksql.users.userid" -> "3"; ".ctx:3:..." -> ".ctx:3"
    const auto from = of.ref.key.starts_with(".") ? of.ref.key.find(':') + 1 : 0;
    return of.ref.key.substr(0, of.ref.key.find(':', from));
  };
  if (relation == "logical_cluster" && e.ref.type == EntityType::kafka_topic) add_if_there({EntityType::kafka_logical_cluster, impl_->place.cluster});
  if (relation == "schema" && e.ref.type == EntityType::sr_subject_version) {
    const std::string context = text_of(e.attributes, "context");
    add_if_there({EntityType::sr_schema, (context == "." ? "" : context + ":") + text_of(e.attributes, "id")});
  }
  if (relation == "schema" && (e.ref.type == EntityType::sr_record || e.ref.type == EntityType::sr_field)) add_if_there({EntityType::sr_schema, schema_of(e)});
  if (relation == "record" && e.ref.type == EntityType::sr_field) add_if_there({EntityType::sr_record, schema_of(e) + ":" + text_of(e.attributes, "record")});
  if (relation == "subject_versions" && e.ref.type == EntityType::sr_schema)
    for (const auto& [subject, version] : impl_->places_of(text_of(e.attributes, "context") == "." ? "" : text_of(e.attributes, "context") + ":", text_of(e.attributes, "id")))
      add_if_there({EntityType::sr_subject_version, context_prefix(subject) + std::string(without_context(subject)) + ":" + std::to_string(version)});
  if (relation == "fields" && e.ref.type == EntityType::sr_record)
    for (auto it = impl_->entities.lower_bound({EntityType::sr_field, e.ref.key + "."}); it != impl_->entities.end() && it->first.type == EntityType::sr_field && it->first.key.starts_with(e.ref.key + "."); ++it)
      if (text_of(it->second.attributes, "record") == e.name) out.push_back(it->first);
  if (relation == "data_product" && e.ref.type == EntityType::kafka_topic) add_if_there({EntityType::data_product, text_of(e.attributes, "dataProduct")});
  return out;
}

io::Task<Result<std::vector<EntityRef>>> Catalog::list(ListRequest request) {
  std::vector<const Entity*> found;
  const auto wanted = [&](const Entity& e) {
    if (!request.types.empty() && std::ranges::find(request.types, e.ref.type) == request.types.end()) return false;
    if (!request.tag.empty()) {
      const auto tags = public_tags_of(e);
      if (std::ranges::find(tags, request.tag) == tags.end()) return false;
    }
    if (!request.attribute_prefixes.empty()) {
      const json::object attributes = attributes_of(e);
      for (const auto& [name, prefix] : request.attribute_prefixes)
        if (!text_of(attributes, name).starts_with(prefix)) return false;
    }
    return true;
  };
  if (!request.text.empty()) {
    SearchRequest search{.text = request.text, .limit = limits::search_ranked_max, .explain = false};
    for (const auto type : request.types) search.filters["type"].emplace_back(name_of(type));
    CO_TRY(const auto answer, co_await impl_->index->search(std::move(search)));
    for (const auto& hit : answer.hits)
      if (const Entity* e = by_id(hit.id); e && wanted(*e)) found.push_back(e);
  } else if (request.types.empty()) {
    for (const auto& [ref, e] : impl_->entities) if (wanted(e)) found.push_back(&e);
  } else {
    for (const auto type : request.types)
      for (auto it = impl_->entities.lower_bound({type, ""}); it != impl_->entities.end() && it->first.type == type; ++it)
        if (wanted(it->second)) found.push_back(&it->second);
  }
  const std::size_t end = std::min(found.size(), request.offset + request.limit);
  if (request.text.empty() || !request.sort_by.empty()) {
    const bool by_name = request.sort_by.empty() || request.sort_by == "name";
    std::vector<std::pair<std::string, const Entity*>> keyed;
    keyed.reserve(found.size());
    for (const auto* e : found) keyed.emplace_back(by_name ? e->name : text_of(attributes_of(*e), request.sort_by), e);
    const auto before = [&](const auto& a, const auto& b) {
      if (a.first != b.first) return request.descending ? a.first > b.first : a.first < b.first;
      return a.second->ref < b.second->ref;
    };
    std::ranges::partial_sort(keyed, keyed.begin() + std::ptrdiff_t(end), before);
    for (std::size_t i = 0; i < end; ++i) found[i] = keyed[i].second;
  }
  std::vector<EntityRef> page;
  for (std::size_t i = std::min(request.offset, end); i < end; ++i) page.push_back(found[i]->ref);
  co_return page;
}

io::Task<Result<SearchAnswer>> Catalog::search(SearchRequest request) { co_return co_await impl_->index->search(std::move(request)); }

io::Task<Answer<void>> Catalog::write(Writer writer, std::string what, std::string about, std::optional<EntityRef> entity, Decide decide) {
  using Outcome = Answer<void>;
  const mesh::State& state = impl_->sources.mesh.state();
  std::string domain;
  if (entity) {
    if (const Entity* e = impl_->find(*entity)) domain = e->domain;
  }
  mesh::AuditEntry entry{.who = writer.who, .acting_as = domain, .what = what, .kind = what.substr(0, what.find('.')), .subject = about, .domain = domain, .client = writer.client};
  if (writer.who != "anonymous" && !domain.empty() && !state.is_member(writer.who, domain)) {
    entry.outcome = "refused";
    entry.acting_as.clear();
    entry.message = about + " belongs to " + domain + ", and only its members may change what is said about it; you are " + writer.who;
    const std::string message = entry.message;
    (void)co_await impl_->sources.mesh.audit().record(std::move(entry));
    co_return Outcome(std::unexpected(Refusal{403, 403, message}));
  }
  const auto turn = co_await impl_->journal->turn();
  auto change = decide(impl_->annotations);
  if (!change) co_return Outcome(std::unexpected(change.error()));
  if (!*change) co_return Outcome{};
  entry.before = impl_->annotations.value_of((*change)->key).value_or("");
  entry.after = (*change)->value.value_or("");
  entry.message = writer.who + " " + what.substr(what.find('.') + 1) + " " + entry.kind + " " + about;
  std::vector<eventlog::Record> records(1);
  records[0].key = (*change)->key;
  records[0].value = (*change)->value;
  auto written = co_await impl_->journal->write(std::move(records));
  if (!written) co_return Outcome(std::unexpected(Refusal{503, 503, written.error().message}));
  impl_->flush();
  auto noted = co_await impl_->sources.mesh.audit().record(std::move(entry));
  if (!noted) log::warn("audit_entry_not_written", {{"what", what}, {"error", noted.error().message}});
  co_return Outcome{};
}

}  // namespace braid::catalog

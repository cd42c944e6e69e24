// Limits: stream catalog and search. (The table of limits is this folder; units.h says what it is.)
#pragma once
#include "base/limits/units.h"

namespace braid::limits {

// Search
inline constexpr std::size_t search_text_bytes_max = 1 * KiB;       // of a query
inline constexpr std::size_t search_words_max = 16;                 // of a query
inline constexpr std::size_t search_tokens_max = 20'000;            // of one text; the documentation of a product has at most about 40,000
inline constexpr std::size_t search_page_max = 500;                 // Confluent's limit for catalog searches, too
inline constexpr std::size_t search_ranked_max = 20'000;            // matches ranked by frequency of words; beyond it by type and name only

// Stream catalog
inline constexpr std::size_t catalog_subjects_at_open = 64;         // a start waits for so many (some milliseconds); with more it waits for none
inline constexpr std::size_t catalog_subjects_at_once = 8;          // taken in before others on the control shard have their turn: below a millisecond
inline constexpr std::size_t catalog_documents_at_once = 4'000;     // handed to the index in one transaction: fewer cost more each, more keep a search waiting
inline constexpr std::size_t tag_definitions_max = 10'000;
inline constexpr std::size_t catalog_name_characters_max = 8'192;   // Confluent's, for tags and business metadata
inline constexpr std::size_t catalog_items_per_call_max = 1'000;
inline constexpr std::size_t schema_fields_max = 10'000;             // of one schema that the catalog shows and finds

}  // namespace braid::limits

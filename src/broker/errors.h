// From our errors to Kafka's codes: one table for the reasons of storage, one for ErrorCode. Both are complete (errors_test.cc).
#pragma once
#include "storage/failure.h"
#include "wire/error_code.h"

namespace braid::broker {

using wire::KafkaError;

KafkaError kafka_error(storage::Reason reason);
KafkaError kafka_error(ErrorCode code);
// For a read: damaged bytes are told apart from a disk that fails. KAFKA_STORAGE_ERROR makes clients try again for ever; CORRUPT_MESSAGE they show.
KafkaError read_error(const storage::Failure& failure);
inline std::int16_t code(KafkaError error) { return std::int16_t(error); }
inline std::int16_t code(storage::Reason reason) { return std::int16_t(kafka_error(reason)); }

}  // namespace braid::broker

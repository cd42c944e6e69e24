// SASL, ACLs and SCRAM credentials: who a client is, and what it may do. Declarations (message.h); names are Kafka's.
#pragma once
#include "wire/message.h"

namespace braid::wire {

struct SaslHandshakeRequest {
  static constexpr Message message{ApiKey::sasl_handshake, Direction::request};
  std::string mechanism;
  static constexpr auto fields() {
    using M = SaslHandshakeRequest;
    return std::tuple{field("mechanism", &M::mechanism)};
  }
};

struct SaslHandshakeResponse {
  static constexpr Message message{ApiKey::sasl_handshake, Direction::response};
  std::int16_t error_code = 0;
  std::vector<std::string> mechanisms;
  static constexpr auto fields() {
    using M = SaslHandshakeResponse;
    return std::tuple{field("error_code", &M::error_code), field("mechanisms", &M::mechanisms)};
  }
};

struct SaslAuthenticateRequest {
  static constexpr Message message{ApiKey::sasl_authenticate, Direction::request};
  Blob auth_bytes;
  static constexpr auto fields() {
    using M = SaslAuthenticateRequest;
    return std::tuple{field("auth_bytes", &M::auth_bytes)};
  }
};

struct SaslAuthenticateResponse {
  static constexpr Message message{ApiKey::sasl_authenticate, Direction::response};
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  Blob auth_bytes;
  std::int64_t session_lifetime_ms = 0;
  static constexpr auto fields() {
    using M = SaslAuthenticateResponse;
    return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message).null_since(0), field("auth_bytes", &M::auth_bytes),
                      field("session_lifetime_ms", &M::session_lifetime_ms, since(1))};
  }
};

struct DescribeAclsRequest {
  static constexpr Message message{ApiKey::describe_acls, Direction::request};
  std::int8_t resource_type_filter = 0;
  std::optional<std::string> resource_name_filter;
  std::int8_t pattern_type_filter = 3;
  std::optional<std::string> principal_filter;
  std::optional<std::string> host_filter;
  std::int8_t operation = 0;
  std::int8_t permission_type = 0;
  static constexpr auto fields() {
    using M = DescribeAclsRequest;
    return std::tuple{field("resource_type_filter", &M::resource_type_filter), field("resource_name_filter", &M::resource_name_filter).null_since(0),
                      field("pattern_type_filter", &M::pattern_type_filter, since(1)), field("principal_filter", &M::principal_filter).null_since(0),
                      field("host_filter", &M::host_filter).null_since(0), field("operation", &M::operation),
                      field("permission_type", &M::permission_type)};
  }
};

struct DescribeAclsResponse {
  static constexpr Message message{ApiKey::describe_acls, Direction::response};
  struct Acl {
    std::string principal;
    std::string host;
    std::int8_t operation = 0;
    std::int8_t permission_type = 0;
    static constexpr auto fields() {
      using M = Acl;
      return std::tuple{field("principal", &M::principal), field("host", &M::host), field("operation", &M::operation), field("permission_type", &M::permission_type)};
    }
  };
  struct Resource {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::int8_t pattern_type = 3;
    std::vector<Acl> acls;
    static constexpr auto fields() {
      using M = Resource;
      return std::tuple{field("resource_type", &M::resource_type), field("resource_name", &M::resource_name),
                        field("pattern_type", &M::pattern_type, since(1)), field("acls", &M::acls)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::vector<Resource> resources;
  static constexpr auto fields() {
    using M = DescribeAclsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code),
                      field("error_message", &M::error_message).null_since(0), field("resources", &M::resources)};
  }
};

struct CreateAclsRequest {
  static constexpr Message message{ApiKey::create_acls, Direction::request};
  struct Creation {
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::int8_t resource_pattern_type = 3;
    std::string principal;
    std::string host;
    std::int8_t operation = 0;
    std::int8_t permission_type = 0;
    static constexpr auto fields() {
      using M = Creation;
      return std::tuple{field("resource_type", &M::resource_type), field("resource_name", &M::resource_name),
                        field("resource_pattern_type", &M::resource_pattern_type, since(1)), field("principal", &M::principal), field("host", &M::host),
                        field("operation", &M::operation), field("permission_type", &M::permission_type)};
    }
  };
  std::vector<Creation> creations;
  static constexpr auto fields() {
    using M = CreateAclsRequest;
    return std::tuple{field("creations", &M::creations)};
  }
};

struct CreateAclsResponse {
  static constexpr Message message{ApiKey::create_acls, Direction::response};
  struct Result {
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Result;
      return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message).null_since(0)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Result> results;
  static constexpr auto fields() {
    using M = CreateAclsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("results", &M::results)};
  }
};

struct DeleteAclsRequest {
  static constexpr Message message{ApiKey::delete_acls, Direction::request};
  struct Filter {
    std::int8_t resource_type_filter = 0;
    std::optional<std::string> resource_name_filter;
    std::int8_t pattern_type_filter = 3;
    std::optional<std::string> principal_filter;
    std::optional<std::string> host_filter;
    std::int8_t operation = 0;
    std::int8_t permission_type = 0;
    static constexpr auto fields() {
      using M = Filter;
      return std::tuple{field("resource_type_filter", &M::resource_type_filter), field("resource_name_filter", &M::resource_name_filter).null_since(0),
                        field("pattern_type_filter", &M::pattern_type_filter, since(1)), field("principal_filter", &M::principal_filter).null_since(0),
                        field("host_filter", &M::host_filter).null_since(0), field("operation", &M::operation),
                        field("permission_type", &M::permission_type)};
    }
  };
  std::vector<Filter> filters;
  static constexpr auto fields() {
    using M = DeleteAclsRequest;
    return std::tuple{field("filters", &M::filters)};
  }
};

struct DeleteAclsResponse {
  static constexpr Message message{ApiKey::delete_acls, Direction::response};
  struct Match {
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::int8_t resource_type = 0;
    std::string resource_name;
    std::int8_t pattern_type = 3;
    std::string principal;
    std::string host;
    std::int8_t operation = 0;
    std::int8_t permission_type = 0;
    static constexpr auto fields() {
      using M = Match;
      return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message).null_since(0),
                        field("resource_type", &M::resource_type), field("resource_name", &M::resource_name),
                        field("pattern_type", &M::pattern_type, since(1)), field("principal", &M::principal), field("host", &M::host),
                        field("operation", &M::operation), field("permission_type", &M::permission_type)};
    }
  };
  struct Result {
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::vector<Match> matching_acls;
    static constexpr auto fields() {
      using M = Result;
      return std::tuple{field("error_code", &M::error_code), field("error_message", &M::error_message).null_since(0), field("matching_acls", &M::matching_acls)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Result> filter_results;
  static constexpr auto fields() {
    using M = DeleteAclsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("filter_results", &M::filter_results)};
  }
};

struct DescribeUserScramCredentialsRequest {
  static constexpr Message message{ApiKey::describe_user_scram_credentials, Direction::request};
  struct User {
    std::string name;
    static constexpr auto fields() {
      using M = User;
      return std::tuple{field("name", &M::name)};
    }
  };
  std::optional<std::vector<User>> users;
  static constexpr auto fields() {
    using M = DescribeUserScramCredentialsRequest;
    return std::tuple{field("users", &M::users).null_since(0)};
  }
};

struct DescribeUserScramCredentialsResponse {
  static constexpr Message message{ApiKey::describe_user_scram_credentials, Direction::response};
  struct Credential {
    std::int8_t mechanism = 0;
    std::int32_t iterations = 0;
    static constexpr auto fields() {
      using M = Credential;
      return std::tuple{field("mechanism", &M::mechanism), field("iterations", &M::iterations)};
    }
  };
  struct Result {
    std::string user;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    std::vector<Credential> credential_infos;
    static constexpr auto fields() {
      using M = Result;
      return std::tuple{field("user", &M::user), field("error_code", &M::error_code), field("error_message", &M::error_message).null_since(0),
                        field("credential_infos", &M::credential_infos)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::optional<std::string> error_message;
  std::vector<Result> results;
  static constexpr auto fields() {
    using M = DescribeUserScramCredentialsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("error_code", &M::error_code),
                      field("error_message", &M::error_message).null_since(0), field("results", &M::results)};
  }
};

struct AlterUserScramCredentialsRequest {
  static constexpr Message message{ApiKey::alter_user_scram_credentials, Direction::request};
  struct Deletion {
    std::string name;
    std::int8_t mechanism = 0;
    static constexpr auto fields() {
      using M = Deletion;
      return std::tuple{field("name", &M::name), field("mechanism", &M::mechanism)};
    }
  };
  struct Upsertion {
    std::string name;
    std::int8_t mechanism = 0;
    std::int32_t iterations = 0;
    Blob salt;
    Blob salted_password;
    static constexpr auto fields() {
      using M = Upsertion;
      return std::tuple{field("name", &M::name), field("mechanism", &M::mechanism), field("iterations", &M::iterations), field("salt", &M::salt),
                        field("salted_password", &M::salted_password)};
    }
  };
  std::vector<Deletion> deletions;
  std::vector<Upsertion> upsertions;
  static constexpr auto fields() {
    using M = AlterUserScramCredentialsRequest;
    return std::tuple{field("deletions", &M::deletions), field("upsertions", &M::upsertions)};
  }
};

struct AlterUserScramCredentialsResponse {
  static constexpr Message message{ApiKey::alter_user_scram_credentials, Direction::response};
  struct Result {
    std::string user;
    std::int16_t error_code = 0;
    std::optional<std::string> error_message;
    static constexpr auto fields() {
      using M = Result;
      return std::tuple{field("user", &M::user), field("error_code", &M::error_code), field("error_message", &M::error_message).null_since(0)};
    }
  };
  std::int32_t throttle_time_ms = 0;
  std::vector<Result> results;
  static constexpr auto fields() {
    using M = AlterUserScramCredentialsResponse;
    return std::tuple{field("throttle_time_ms", &M::throttle_time_ms), field("results", &M::results)};
  }
};

}  // namespace braid::wire

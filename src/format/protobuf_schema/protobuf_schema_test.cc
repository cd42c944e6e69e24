#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "format/protobuf_schema/built_in.h"
#include "format/protobuf_schema/descriptor.h"
#include "format/protobuf_schema/difference.h"
#include "format/protobuf_schema/names.h"

namespace braid::format::protobuf_schema {
namespace {

std::string canonical(std::string_view text) {
  auto schema = parse(text);
  return schema ? canonical_text(**schema) : "error: " + schema.error().message;
}
std::string normalised(std::string_view text) {
  auto schema = parse(text);
  return schema ? normalised_text(**schema) : "error: " + schema.error().message;
}
std::string changes(const std::string& original, const std::string& update) {
  const auto o = parse("syntax = \"proto3\"; " + original), u = parse("syntax = \"proto3\"; " + update);
  if (!o || !u) return "not a schema: " + (o ? u.error().message : o.error().message);
  std::string out;
  for (const auto& d : incompatible_changes(**o, **u)) out += d.kind + " " + d.path + ";";
  return out;
}

constexpr auto* everything = R"(// a comment
syntax = "proto3";
package a.b;
import "google/protobuf/timestamp.proto";
option java_package = "x.y";
enum Color { RED = 0; /* c */ GREEN = 1 [deprecated = true]; }
message Order {
  reserved 4, 9 to 11, 20 to max; reserved "old";
  string id = 1 [json_name = "ID", deprecated = true];
  repeated Line lines = 2;
  map<string, int32> counts = 3;
  oneof pay { string card = 5; Color color = 6; }
  google.protobuf.Timestamp at = 7;
  optional int32 maybe = 8;
  message Line { int64 n = 1; }
}
service Shop { rpc Get (Order) returns (stream Order); }
)";

TEST(ProtobufSchema, CanonicalText) {
  const std::string expected =
      "syntax = \"proto3\";\npackage a.b;\n\nimport \"google/protobuf/timestamp.proto\";\n\noption java_package = \"x.y\";\n\n"
      "message Order {\n  reserved 4, 9 to 11, 20 to max;\n  reserved \"old\";\n\n"
      "  string id = 1 [\n    deprecated = true,\n    json_name = \"ID\"\n  ];\n  repeated Line lines = 2;\n  map<string, int32> counts = 3;\n"
      "  google.protobuf.Timestamp at = 7;\n  optional int32 maybe = 8;\n\n  oneof pay {\n    string card = 5;\n    Color color = 6;\n  }\n\n"
      "  message Line {\n    int64 n = 1;\n  }\n}\nenum Color {\n  RED = 0;\n  GREEN = 1 [deprecated = true];\n}\n\n"
      "service Shop {\n  rpc Get (Order) returns (stream Order);\n}\n";
  EXPECT_EQ(canonical(everything), expected);
  EXPECT_EQ(canonical(expected), expected);
}

TEST(ProtobufSchema, NormalisedHasFullNamesAndNumbersInOrder) {
  EXPECT_EQ(normalised("syntax = \"proto2\"; package p; message A { optional B b = 2; required int32 a = 1; } message B {}"),
            "package p;\n\nmessage A {\n  required int32 a = 1;\n  optional .p.B b = 2;\n}\nmessage B {}\n");
}

// Where Confluent's printer has a way of its own.
TEST(ProtobufSchema, CanonicalTextInDetail) {
  EXPECT_EQ(canonical("syntax = \"proto3\"; message A { message B { string x = 1; oneof o { int32 y = 2; } } }"),
            "syntax = \"proto3\";\n\nmessage A {\n  message B {\n    string x = 1;\n  \n    oneof o {\n      int32 y = 2;\n    }\n  }\n}\n");   // the empty line is indented too
  EXPECT_EQ(canonical("syntax = \"proto3\"; enum E { option allow_alias = true; A = 0; B = 0; }"),
            "syntax = \"proto3\";\n\nenum E {\n  option allow_alias = true;\n  A = 0;\n  B = 0;\n}\n");
  EXPECT_EQ(canonical("syntax = \"proto3\"; enum E { reserved 5 to 5, 7 to max; A = 0; }"), "syntax = \"proto3\";\n\nenum E {\n  reserved 5 to 5, 7 to max;\n  A = 0;\n}\n");
  EXPECT_EQ(canonical("message A { reserved 7 to 536870911; optional string a = 1 [default = 'it\\x27s \"x\"', json_name = \"b\", deprecated = true]; }"),
            "\nmessage A {\n  reserved 7 to max;\n\n  optional string a = 1 [\n    deprecated = true,\n    default = \"it\\'s \\\"x\\\"\",\n    json_name = \"b\"\n  ];\n}\n");
  EXPECT_EQ(canonical("syntax = \"proto3\"; message A { string a = 1 [(x) = { t: 'a', t: ['b', 'c'] u: [\"d\"] }, (y) = [\"e\"]]; }"),
            "syntax = \"proto3\";\n\nmessage A {\n  string a = 1 [\n    (x) = {\n      t: [\n        \"a\",\n        \"b\",\n        \"c\"\n      ],\n      u: [\n        \"d\"\n      ]\n    },\n"
            "    (y) = [\"e\"]\n  ];\n}\n");
}

TEST(ProtobufSchema, NormalisedInDetail) {
  EXPECT_EQ(normalised("syntax = \"proto3\"; message A { reserved \"b\", \"a\", 9 to 9, 3; reserved 5 to 6; }"),
            "syntax = \"proto3\";\n\nmessage A {\n  reserved 3;\n  reserved 5 to 6;\n  reserved 9;\n  reserved \"a\";\n  reserved \"b\";\n}\n");
  EXPECT_EQ(normalised("message A { extensions 200 to max, 100; repeated group B = 3 { optional int32 b = 2; optional int32 a = 1; } optional group C = 2 {} }"),
            "\nmessage A {\n  optional group C = 2 {}\n  repeated group B = 3 {\n    optional int32 a = 1;\n    optional int32 b = 2;\n  }\n\n  extensions 100;\n  extensions 200 to max;\n}\n");
  // Custom options by their full names, as one message, in the order of names.
  const std::string head = "syntax = \"proto3\"; package p; import \"google/protobuf/descriptor.proto\"; import \"google/protobuf/descriptor.proto\"; "
                           "extend google.protobuf.FieldOptions { O o = 50001; } message O { string x = 1; int32 y = 2; repeated string z = 3; } ";
  const auto text = normalised(head + "message A { string a = 1 [(o).y = 0x10, deprecated = true, (o).x = \"1\", (o).z = \"2\", (unknown) = 1.50]; }");
  EXPECT_NE(text.find("  string a = 1 [\n    deprecated = true,\n    (p.o) = {\n      x: \"1\",\n      y: 16,\n      z: \"2\"\n    },\n    (unknown) = 1.5\n  ];\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("descriptor.proto"), text.rfind("descriptor.proto"));   // an import twice is one
}

TEST(ProtobufSchema, RefusalsNameWhatIsWrong) {
  EXPECT_EQ(canonical("syntax = \"proto3\";"), "error: the file defines no message and no enum");
  EXPECT_EQ(canonical("message A {\n  int32 a = ; }"), "error: Syntax error at line 2, column 13: a whole number expected, got ';'");
  EXPECT_EQ(canonical("message A { optional B b = 1; }"), "error: field 'b' of message A has type 'B', which is not defined");
  EXPECT_EQ(canonical("message A { optional int32 a = 1; optional int32 b = 1; }").substr(0, 55), "error: multiple fields of message A share the number 1:");
  EXPECT_EQ(canonical("message A { int32 a = 1; }"),
            "error: unexpected label: int32: field 'a' of message A needs optional, required or repeated in front of its type in proto2");
  EXPECT_EQ(canonical("message A { oneof o { int32 a = 1; } }").substr(0, 10), "\nmessage A");
  EXPECT_EQ(canonical("import \"x.proto\"; message A {}"), "error: import \"x.proto\" is neither among the references nor built in");
  EXPECT_EQ(canonical("message A { int32 a = 19500; }").substr(0, 20), "error: Syntax error ");
  EXPECT_EQ(canonical("not proto at all").substr(0, 20), "error: Syntax error ");
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "message A {";
  EXPECT_NE(canonical(deep).find("nested too deep"), std::string::npos);
}

TEST(ProtobufSchema, TheSerializedFormIsTakenAndGiven) {
  const auto schema = parse(everything);
  ASSERT_TRUE(schema);
  const auto bytes = serialized_text(**schema);
  ASSERT_TRUE(bytes) << bytes.error().message;
  const auto again = parse(*bytes);
  ASSERT_TRUE(again) << again.error().message;
  // A descriptor has an entry message for a map, and the text says so, because that is what ids were made of; whoever reads types sees a map.
  EXPECT_NE(canonical_text(**again).find("repeated .a.b.Order.CountsEntry counts = 3;"), std::string::npos) << canonical_text(**again);
  EXPECT_NE(canonical_text(**again).find("option map_entry = true;"), std::string::npos);
  EXPECT_NE(linkable_text(**again).find("map<string, int32> counts = 3;"), std::string::npos);
  EXPECT_TRUE(incompatible_changes(**schema, **again).empty());
  EXPECT_TRUE(Descriptors::build(**again));
  EXPECT_NE(canonical_text(**again).find("optional int32 maybe = 8;"), std::string::npos);
  EXPECT_EQ(normalised_text(**again), normalised_text(**schema));
}

TEST(ProtobufSchema, CustomOptionsSurviveTheSerializedForm) {
  const auto schema = parse(R"(syntax = "proto3"; import "confluent/meta.proto";
    message A { string id = 1 [(confluent.field_meta) = {tags: ["PII", "X"], params: [{key: "k", value: "v"}]}]; })");
  ASSERT_TRUE(schema) << schema.error().message;
  const auto again = parse(*serialized_text(**schema));
  ASSERT_TRUE(again);
  const auto text = canonical_text(**again);
  EXPECT_NE(text.find("(confluent.field_meta) = {"), std::string::npos) << text;
  EXPECT_NE(text.find("\"PII\""), std::string::npos) << text;
  EXPECT_EQ(canonical_text(**parse(*serialized_text(**again))), text);
}

TEST(ProtobufSchema, BuiltInFilesParseAndLink) {
  for (const auto* name : {"google/protobuf/any.proto", "google/protobuf/api.proto", "google/protobuf/descriptor.proto", "google/protobuf/duration.proto",
                           "google/protobuf/empty.proto", "google/protobuf/field_mask.proto", "google/protobuf/source_context.proto", "google/protobuf/struct.proto",
                           "google/protobuf/timestamp.proto", "google/protobuf/type.proto", "google/protobuf/wrappers.proto", "google/type/calendar_period.proto",
                           "google/type/color.proto", "google/type/date.proto", "google/type/datetime.proto", "google/type/dayofweek.proto", "google/type/decimal.proto",
                           "google/type/expr.proto", "google/type/fraction.proto", "google/type/interval.proto", "google/type/latlng.proto",
                           "google/type/localized_text.proto", "google/type/money.proto", "google/type/month.proto", "google/type/phone_number.proto",
                           "google/type/postal_address.proto", "google/type/quaternion.proto", "google/type/timeofday.proto", "confluent/meta.proto",
                           "confluent/type/decimal.proto", "confluent/type/variant.proto"}) {
    EXPECT_TRUE(built_in_file(name)) << name;
    const auto schema = parse("syntax = \"proto3\"; import \"" + std::string(name) + "\"; message A { int32 a = 1; }");
    ASSERT_TRUE(schema) << name << ": " << schema.error().message;
    const auto built = Descriptors::build(**schema);
    EXPECT_TRUE(built) << name << ": " << built.error().message;
  }
  EXPECT_FALSE(built_in_file("google/protobuf/nope.proto"));
}

TEST(ProtobufSchema, MessageIndexesNameMessages) {
  const auto schema = parse(everything);
  const auto built = Descriptors::build(**schema);
  ASSERT_TRUE(built) << built.error().message;
  const int order[] = {0}, line[] = {0, 1}, nothing[] = {3};
  EXPECT_EQ((*built)->message_at(order)->full_name(), "a.b.Order");
  ASSERT_NE((*built)->message_at(line), nullptr);
  EXPECT_EQ((*built)->message_at(nothing), nullptr);
}

TEST(ProtobufDifference, Rules) {
  EXPECT_EQ(changes("message A { int32 a = 1; }", "message A { int64 b = 1; string c = 2; } message B {}"), "");
  EXPECT_EQ(changes("message A { int32 a = 1; }", "message A { string a = 1; }"), "FIELD_SCALAR_KIND_CHANGED #/A/1;");
  EXPECT_EQ(changes("message A { int32 a = 1; } message B {}", "message A { int32 a = 1; }"), "MESSAGE_REMOVED #/B;");
  EXPECT_EQ(changes("package a; message A {}", "package b; message A {}"), "PACKAGE_CHANGED #/;");
  EXPECT_EQ(changes("message A { B b = 1; } message B {} message C {}", "message A { C b = 1; } message B {} message C {}"), "FIELD_NAMED_TYPE_CHANGED #/A/1;");
  EXPECT_EQ(changes("message A { E e = 1; } enum E { X = 0; }", "message A { int32 e = 1; }"), "");
  EXPECT_EQ(changes("message A { int32 a = 1; int32 b = 2; }", "message A { oneof o { int32 a = 1; int32 b = 2; } }"), "MULTIPLE_FIELDS_MOVED_TO_ONEOF #/A/o;");
  EXPECT_EQ(changes("message A { oneof o { int32 a = 1; int32 b = 2; } }", "message A { oneof o { int32 a = 1; } }"), "ONEOF_FIELD_REMOVED #/A/2;");
  EXPECT_EQ(changes("message A { oneof o { int32 a = 1; } }", "message A { int32 a = 1; }"), "");
  EXPECT_EQ(changes("message A { oneof o { int32 a = 1; int32 b = 2; } }", "message A { int32 a = 1; }"), "ONEOF_FIELD_REMOVED #/A/2;");   // part of it lives on
  EXPECT_EQ(changes("message A { oneof o { int32 a = 1; int32 b = 2; } }", "message A {}"), "");
  EXPECT_EQ(changes("message A { oneof o { int32 a = 1; } int32 b = 2; }", "message A { oneof o { int32 a = 1; int32 b = 2; } }"), "FIELD_MOVED_TO_EXISTING_ONEOF #/A/o;");
  EXPECT_EQ(changes("message A { int32 b = 2; }", "message A { oneof o { int32 a = 1; int32 b = 2; } }"), "");
  EXPECT_EQ(changes("message A { oneof o { int32 a = 1; } oneof p { int32 b = 2; } }", "message A { oneof o { int32 a = 1; int32 b = 2; } }"), "FIELD_MOVED_TO_EXISTING_ONEOF #/A/o;");
  EXPECT_EQ(changes("message A { map<string, int32> m = 1; }", "message A { map<string, int64> m = 1; }"), "");
}

}  // namespace
}  // namespace braid::format::protobuf_schema

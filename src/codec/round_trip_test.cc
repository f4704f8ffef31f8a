// Every operation of the model, in all encodings: a request made from the tables reads back as the same struct from
// JSON, CBOR and query parameters, and the same mistakes in it are reported alike.
#include <gtest/gtest.h>

#include <set>

#include "codec/arena.h"
#include "codec/cbor_reader.h"
#include "codec/cbor_writer.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "codec/numbers.h"
#include "codec/query_names.h"
#include "codec/query_reader.h"
#include "codec/text.h"
#include "codec/timestamp.h"
#include "codec/xml_writer.h"
#include "models/kinds.h"
#include "models/sqs.h"

namespace millrace::codec {
namespace {

namespace kinds = models::kinds;
namespace sqs = models::sqs;

// The tests run over the operations of both.
template <class Visit>
void for_each_operation(Visit visit) {
  sqs::operations::for_each(visit);
  kinds::operations::for_each(visit);
}

// Of all views of these tests.
Arena& arena() {
  static Arena kept;
  return kept;
}
ReadLimits limits() { return {.arena = &arena()}; }

// Fills objects with values that are all different and awkward to carry.
class Filler {
 public:
  explicit Filler(bool all) : all_(all) {}

  void fill(const Shape& shape, void* object) {
    for (const Field& field : shape.fields) {
      if (all_ || field.rule.required) fill(*field.type, field.emplace(object), field.rule);
    }
  }

 private:
  std::string text() { return "v" + std::to_string(++count_) + "\xC3\xA9 +&=%.\"\\/\r\n\t<\xF0\x9F\x98\x80>"; }

  void fill(const Type& type, void* value, const Rule& rule) {
    const std::int64_t number = rule.max < 1'000'000 ? rule.max : -(++count_);
    switch (type.kind) {
      case Kind::string:
        if (type.view) {
          *static_cast<std::string_view*>(value) = arena().keep(text());
        } else {
          *static_cast<std::string*>(value) = text();
        }
        break;
      case Kind::blob: {
        const auto bytes = text() + std::string("\0\xFF", 2);
        if (type.view) {
          static_cast<BlobView*>(value)->bytes = arena().keep(bytes);
        } else {
          static_cast<Blob*>(value)->bytes = bytes;
        }
        break;
      }
      case Kind::boolean: *static_cast<bool*>(value) = true; break;
      case Kind::int32: *static_cast<std::int32_t*>(value) = static_cast<std::int32_t>(number); break;
      case Kind::int64: *static_cast<std::int64_t*>(value) = number << 30; break;
      case Kind::float64: *static_cast<double*>(value) = static_cast<double>(++count_) / 3; break;
      case Kind::timestamp: *static_cast<Time*>(value) = from_ms(1'700'000'000'000 + ++count_ * 1001); break;
      case Kind::structure: fill(*type.shape, value); break;
      case Kind::list:
        for (int i = 0; i < entries(); ++i) within(*type.element, type.append(value));
        break;
      case Kind::map:
        for (int i = 0; i < entries(); ++i) within(*type.element, type.append_keyed(value, text()));
        break;
    }
  }

  // Structs that contain themselves end with empty lists.
  int entries() const { return depth_ == 0 ? 12 : depth_ == 1 ? 2 : depth_ < 4 ? 1 : 0; }
  void within(const Type& type, void* value) {
    ++depth_;
    fill(type, value, {});
    --depth_;
  }

  bool all_;
  int count_ = 0;
  int depth_ = 0;
};

// What a client of the query protocol does.
class QueryWriter {
 public:
  void write(const Shape& shape, const void* object, const std::string& prefix) {
    for (const Field& field : shape.fields) {
      const void* value = field.get(object);
      if (value == nullptr) continue;
      if (field.type->element != nullptr && field.type->size(value) == 0) {
        if (field.keeps_empty) pair(prefix + std::string(field.name), "");
        continue;
      }
      write(field.wire, *field.type, value, prefix + std::string(field.wire.query));
    }
  }
  std::string text;

 private:
  void write(const WireNames& names, const Type& type, const void* value, const std::string& name) {
    switch (type.kind) {
      case Kind::string: return pair(name, bytes_of(type, value));
      case Kind::int32: return pair(name, std::to_string(*static_cast<const std::int32_t*>(value)));
      case Kind::int64: return pair(name, std::to_string(*static_cast<const std::int64_t*>(value)));
      case Kind::boolean: return pair(name, *static_cast<const bool*>(value) ? "true" : "false");
      case Kind::float64: {
        std::string number;
        write_double(*static_cast<const double*>(value), number);
        return pair(name, number);
      }
      case Kind::timestamp: {
        std::string time;
        write_iso8601(*static_cast<const Time*>(value), time);
        return pair(name, time);
      }
      case Kind::structure: return write(*type.shape, value, name + '.');
      case Kind::blob: {
        std::string encoded;
        base64_encode(bytes_of(type, value), encoded);
        return pair(name, encoded);
      }
      case Kind::list:
      case Kind::map:
        for (std::size_t i = 0; i < type.size(value); ++i) {
          const std::string entry = name + '.' + std::to_string(i + 1);
          if (type.kind == Kind::map) pair(entry + '.' + std::string(names.key), type.key_at(value, i));
          std::string below = type.kind == Kind::map ? entry + '.' + std::string(names.value) : entry;
          const WireNames& inner = names_within(*type.element);
          if (type.element->element != nullptr) below += '.' + std::string(inner.query);
          write(inner, *type.element, type.at(value, i), below);
        }
    }
  }
  void pair(const std::string& name, std::string_view value) {
    if (!text.empty()) text += '&';
    percent_encode(name, text);
    text += '=';
    percent_encode(value, text);
  }
};

template <class S>
void expect_all_encodings_give(const S& request, std::string_view name) {
  std::string json;
  write_json(request, json);
  S from_json;
  const auto bad_json = read_json(json, from_json, limits());
  EXPECT_FALSE(bad_json) << name << " " << bad_json->path;
  EXPECT_EQ(from_json, request) << name << " " << json;

  for (const auto dialect : {CborDialect::aws, CborDialect::rpc}) {
    std::string cbor;
    write_cbor(request, dialect, cbor);
    S from_cbor;
    const auto bad_cbor = read_cbor(cbor, dialect, from_cbor, limits());
    EXPECT_FALSE(bad_cbor) << name << " " << bad_cbor->path << " " << bad_cbor->value;
    EXPECT_EQ(from_cbor, request) << name;
  }

  QueryWriter writer;
  writer.write(S::shape, &request, "");
  QueryParameters parameters(limits());
  ASSERT_FALSE(parameters.add(writer.text)) << name;
  S from_query;
  const auto bad_query = read_query(parameters, from_query);
  EXPECT_FALSE(bad_query) << name << " " << bad_query->path;
  EXPECT_EQ(from_query, request) << name << " " << writer.text;
}

TEST(RoundTrip, every_input_with_all_its_members) {
  for_each_operation([](auto op) {
    typename decltype(op)::input request;
    Filler(true).fill(request.shape, &request);
    expect_all_encodings_give(request, op.name);
  });
}

TEST(RoundTrip, every_input_with_what_is_required) {
  for_each_operation([](auto op) {
    typename decltype(op)::input request;
    Filler(false).fill(request.shape, &request);
    expect_all_encodings_give(request, op.name);
  });
}

// Takes one required member away at a time.
TEST(RoundTrip, all_encodings_report_the_same_missing_member) {
  std::size_t checked = 0;
  for_each_operation([&](auto op) {
    using Input = typename decltype(op)::input;
    for (std::size_t without = 0; without < Input::shape.fields.size(); ++without) {
      const Field& field = Input::shape.fields[without];
      if (!field.rule.required) continue;
      std::vector<Field> others(Input::shape.fields.begin(), Input::shape.fields.end());
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(without));
      const Shape smaller{.name = Input::shape.name, .fields = others};
      Input request;
      Filler(false).fill(smaller, &request);
      std::string json;
      write_json(smaller, &request, json);
      QueryWriter writer;
      writer.write(smaller, &request, "");
      QueryParameters parameters(limits());
      ASSERT_FALSE(parameters.add(writer.text));
      std::string cbor;
      write_cbor(smaller, &request, CborDialect::aws, cbor);

      Input into;
      const auto from_json = read_json(json, into, limits());
      const auto from_query = read_query(parameters, into);
      const auto from_cbor = read_cbor(cbor, CborDialect::aws, into, limits());
      ASSERT_TRUE(from_json && from_query && from_cbor) << op.name << " " << field.name;
      for (const auto& bad : {*from_json, *from_query, *from_cbor}) {
        EXPECT_EQ(bad.kind, Violation::Kind::missing);
        EXPECT_EQ(bad.path, field.name);
        EXPECT_EQ(bad.query_path, field.wire.query);
      }
      ++checked;
    }
  });
  EXPECT_GT(checked, 30u);
}

TEST(RoundTrip, every_output_reads_back_from_json_and_closes_its_elements_in_xml) {
  for_each_operation([](auto op) {
    using Output = typename decltype(op)::output;
    if constexpr (Record<Output>) {
      Output reply;
      Filler(true).fill(Output::shape, &reply);
      std::string json;
      write_json(reply, json);
      Output back;
      EXPECT_FALSE(read_json(json, back, limits())) << op.name;
      EXPECT_EQ(back, reply) << op.name;

      std::string xml;
      write_xml_response(op.name, sqs::query_namespace, "r", &Output::shape, &reply, xml);
      std::vector<std::string> open;
      std::string_view rest = std::string_view(xml).substr(xml.find("?>") + 2);
      while (!rest.empty()) {
        const std::size_t start = rest.find('<');
        ASSERT_NE(start, rest.npos);
        const std::size_t end = rest.find('>');
        ASSERT_NE(end, rest.npos);
        const std::string_view tag = rest.substr(start + 1, end - start - 1);
        rest.remove_prefix(end + 1);
        if (tag.starts_with('/')) {
          ASSERT_FALSE(open.empty());
          ASSERT_EQ(open.back(), tag.substr(1)) << op.name;
          open.pop_back();
        } else {
          open.emplace_back(tag.substr(0, tag.find(' ')));
        }
      }
      EXPECT_TRUE(open.empty());
    }
  });
}

TEST(Model, has_the_operations_and_errors_of_the_service) {
  EXPECT_EQ(sqs::operations::size, 23u);
  std::set<std::string_view> names;
  sqs::operations::for_each([&](auto op) {
    names.insert(op.info.name);
    EXPECT_EQ(op.info.input, &decltype(op)::input::shape);
    EXPECT_FALSE(op.info.errors.empty());
  });
  EXPECT_EQ(names.size(), 23u);
  EXPECT_EQ(sqs::op::DeleteMessage::info.output, nullptr);
  EXPECT_EQ(sqs::errors::queue_does_not_exist.json, "com.amazonaws.sqs#QueueDoesNotExist");
  EXPECT_EQ(sqs::errors::queue_does_not_exist.query, "AWS.SimpleQueueService.NonExistentQueue");
  EXPECT_EQ(sqs::errors::receipt_handle_is_invalid.status, 404);
  EXPECT_EQ(sqs::errors::missing_parameter.json, "com.amazon.coral.service#MissingRequiredParameterException");
  EXPECT_FALSE(sqs::errors::internal_failure.sender);
}

}  // namespace
}  // namespace millrace::codec

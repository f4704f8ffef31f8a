// Placeholders: the #names and :values of one request, and which of them its expressions use. Used at home.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/value.h"

namespace millrace::aws::dynamodb {

class Placeholders {
 public:
  // Both with their first character, '#' and ':'.
  Outcome<void> add_name(std::string_view placeholder, std::string name);
  Outcome<void> add_value(std::string_view placeholder, Value value);

  // Null when it is not defined. It counts as used.
  const std::string* name(std::string_view placeholder);
  const Value* value(std::string_view placeholder);

  // Everything that was given must have been used.
  Outcome<void> check_used() const;

 private:
  template <class T>
  struct Entry {
    T content;
    bool used = false;
  };
  std::map<std::string, Entry<std::string>, std::less<>> names_;
  std::map<std::string, Entry<Value>, std::less<>> values_;
};

}  // namespace millrace::aws::dynamodb

// Path: the place of a value inside an item, such as a.b[3].c. Plain data; any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "aws/dynamodb/value.h"

namespace millrace::aws::dynamodb {

// A key of a map, or an index of a list. The first step of a path is the name of an attribute.
using PathStep = std::variant<std::string, std::uint32_t>;

struct Path {
  std::vector<PathStep> steps;

  const std::string& attribute() const { return std::get<std::string>(steps.front()); }
  bool operator==(const Path&) const = default;
};

// As messages show it: "[a, b, [3], c]".
std::string shown(const Path& path);

// The value there; null when there is none.
const Value* find(const Attributes& item, const Path& path);

// Several paths of one item, none of which may lead into another or take one place for both a map and a list.
class PathTree {
 public:
  struct Clash {
    bool overlap = false;  // else the two take the same place for different things
    Path other;
  };
  // Nothing when the path fits to those before; otherwise the tree is not to be used any more.
  std::optional<Clash> insert(const Path& path);
  bool empty() const { return root_.steps.empty(); }

  // The parts of the item that the paths lead to, in their places; what is left out of a list closes up.
  Attributes project(const Attributes& item) const;

 private:
  struct Node {
    bool end = false;
    std::map<PathStep, Node> steps;
  };
  static std::optional<Value> project(const Node& node, const Value& value);
  static Path first_below(const Node& node, Path path);

  Node root_;
};

// "Two document paths overlap with each other; …"
std::string clash_words(const PathTree::Clash& clash, const Path& path);

}  // namespace millrace::aws::dynamodb

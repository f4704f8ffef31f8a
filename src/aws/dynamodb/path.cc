#include "aws/dynamodb/path.h"

#include <fmt/format.h>

namespace millrace::aws::dynamodb {

std::string shown(const Path& path) {
  std::string out;
  for (const auto& step : path.steps) {
    if (!out.empty()) out += ", ";
    if (const auto* name = std::get_if<std::string>(&step)) {
      out += *name;
    } else {
      out += fmt::format("[{}]", std::get<std::uint32_t>(step));
    }
  }
  return "[" + out + "]";
}

namespace {

const Value* step_into(const Value& value, const PathStep& step) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    const auto* map = value.as<Attributes>();
    if (map == nullptr) return nullptr;
    const auto at = map->find(*name);
    return at == map->end() ? nullptr : &at->second;
  }
  const auto* list = value.as<List>();
  const auto index = std::get<std::uint32_t>(step);
  return list != nullptr && index < list->size() ? &(*list)[index] : nullptr;
}

}  // namespace

const Value* find(const Attributes& item, const Path& path) {
  const auto at = item.find(path.attribute());
  const Value* value = at == item.end() ? nullptr : &at->second;
  for (std::size_t i = 1; i < path.steps.size() && value != nullptr; ++i) value = step_into(*value, path.steps[i]);
  return value;
}

std::optional<PathTree::Clash> PathTree::insert(const Path& path) {
  Node* node = &root_;
  Path so_far;
  for (const auto& step : path.steps) {
    if (node->end) return Clash{.overlap = true, .other = so_far};
    if (!node->steps.empty() && node->steps.begin()->first.index() != step.index()) {
      return Clash{.overlap = false, .other = first_below(*node, so_far)};
    }
    so_far.steps.push_back(step);
    node = &node->steps[step];
  }
  if (node->end) return Clash{.overlap = true, .other = so_far};
  if (!node->steps.empty()) return Clash{.overlap = true, .other = first_below(*node, so_far)};
  node->end = true;
  return std::nullopt;
}

Path PathTree::first_below(const Node& node, Path path) {
  const Node* at = &node;
  while (!at->steps.empty()) {
    path.steps.push_back(at->steps.begin()->first);
    at = &at->steps.begin()->second;
  }
  return path;
}

std::optional<Value> PathTree::project(const Node& node, const Value& value) {
  if (node.end) return value;
  Attributes map;
  List list;
  for (const auto& [step, below] : node.steps) {
    const Value* inner = step_into(value, step);
    if (inner == nullptr) continue;
    auto part = project(below, *inner);
    if (!part) continue;
    if (const auto* name = std::get_if<std::string>(&step)) {
      map.emplace(*name, std::move(*part));
    } else {
      list.push_back(std::move(*part));
    }
  }
  if (!map.empty()) return Value{std::move(map)};
  if (!list.empty()) return Value{std::move(list)};
  return std::nullopt;
}

Attributes PathTree::project(const Attributes& item) const {
  Attributes out;
  for (const auto& [step, below] : root_.steps) {
    const auto at = item.find(std::get<std::string>(step));
    if (at == item.end()) continue;
    if (auto part = project(below, at->second)) out.emplace(at->first, std::move(*part));
  }
  return out;
}

std::string clash_words(const PathTree::Clash& clash, const Path& path) {
  return fmt::format(
      "Two document paths {} with each other; must remove or rewrite one of these paths; path one: {}, path two: {}",
      clash.overlap ? "overlap" : "conflict", shown(clash.other), shown(path));
}

}  // namespace millrace::aws::dynamodb

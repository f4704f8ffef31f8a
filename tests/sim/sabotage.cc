#include "sim/sabotage.h"

#include <cstddef>
#include <iterator>

namespace millrace::sim {
namespace {

constexpr std::string_view names[] = {
    "none",
    "acknowledge-before-write",
    "sync-does-nothing",
    "forget-directories",
    "lose-synced-sector",
    "reply-before-durable",
    "drop-sends",
    "forget-deletes",
    "forget-dedup",
    "ignore-delay",
    "short-visibility",
    "wrong-group",
    "ignore-purge",
    "damage-body",
    "low-count",
    "wrong-totals",
    "read-undurable",
    "lose-close",
    "close-early",
    "wrong-span",
    "trim-too-much",
    "ignore-retention",
    "wake-early",
    "skip-batch",
    "late-find",
    "wrong-latest",
    "damage-record",
    "forget-removal",
};
static_assert(std::size(names) == static_cast<std::size_t>(Sabotage::last));

}  // namespace

std::string_view name_of(Sabotage sabotage) { return names[static_cast<std::size_t>(sabotage)]; }

}  // namespace millrace::sim

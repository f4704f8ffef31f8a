// Deliberate defects, each of which the checkers must find. The world's own come first, then those of a server's verbs.
#pragma once
#include <cstdint>
#include <string_view>

namespace millrace::sim {

enum class Sabotage : std::uint8_t {
  none,
  acknowledge_before_write,  // the machine says that bytes are on disk before they are
  sync_does_nothing,
  forget_directories,
  lose_synced_sector,
  reply_before_durable,
  // of queues
  drop_sends,      // some sends are acknowledged and not done
  forget_deletes,  // some deletes are acknowledged and not done
  forget_dedup,    // deduplication ids do not survive a restart
  ignore_delay,
  short_visibility,  // some messages come back before their time
  wrong_group,       // FIFO order is kept for the wrong groups
  ignore_purge,
  damage_body,
  low_count,     // some receive counts are told too low
  wrong_totals,  // the counters are one too high
  // of streams
  read_undurable,    // reads go past the durable end
  lose_close,        // closes are acknowledged and not done
  close_early,       // readers hear of the end before the close is durable
  wrong_span,        // a batch takes one offset less than it has records
  trim_too_much,     // retention takes one batch too many
  ignore_retention,  // changes of the retention are acknowledged and not done
  wake_early,        // watchers hear of records that are not durable
  skip_batch,        // a push leaves a batch out
  late_find,         // a reader by time begins one batch too late
  wrong_latest,      // a reader at the tip begins behind records that are not durable
  damage_record,
  forget_removal,  // removals are acknowledged and not done
  last,
};
std::string_view name_of(Sabotage sabotage);

}  // namespace millrace::sim

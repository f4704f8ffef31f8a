// GetShardIterator and GetRecords.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/counters.h"
#include "aws/kinesis/handlers.h"
#include "aws/kinesis/shard_iterator.h"
#include "aws/kinesis/shard_read.h"

namespace millrace::aws::kinesis {
namespace {

class GetShardIterator final : public Handler<op::GetShardIterator> {
 public:
  using Handler::Handler;

 private:
  void handle(CallPtr call) override {
    auto stream = refer(call->caller, in_.stream_name, in_.stream_arn, in_.stream_id);
    if (!stream) return finish(std::move(call), std::move(stream.error()));
    reference_ = std::move(*stream);
    const auto number = parse_shard_id(in_.shard_id);
    if (!number && !is_name(in_.shard_id)) {
      return finish(std::move(call), bad_pattern(in_.shard_id, "shardId", "[a-zA-Z0-9_.-]+"));
    }
    shard_ = number;
    look_up(std::move(call), false);
  }

  void look_up(CallPtr call, bool fresh) {
    fresh_ = fresh;
    kinesis_.routes().find(std::move(call), reference_, fresh, [this](CallPtr back, Outcome<StreamViewPtr> view) {
      if (!view) return finish(std::move(back), std::move(view.error()));
      view_ = std::move(*view);
      ask(std::move(back));
    });
  }

  void ask(CallPtr call) {
    const auto& stream = view_->stream;
    if (!shard_) return finish(std::move(call), shard_not_found(stream, in_.shard_id));
    auto from = parse_starting_point(in_.shard_iterator_type, in_.starting_sequence_number, in_.timestamp,
                                     "GetShardIterator", in_.shard_id, stream, call->home.now());
    if (!from) return finish(std::move(call), std::move(from.error()));
    if (in_.dry_run.value_or(false)) {
      return finish(std::move(call),
                    Failure{&errors::dry_run_operation_exception, "The request would have succeeded without DryRun."});
    }
    from_ = *from;
    key_ = stream.shard_key(view_->created, *shard_);
    auto& engine = kinesis_.engine();
    env::Core& home = call->home;
    engine.run(engine.lane_of(key_), home,
               [this, call = std::move(call)](engine::Lane& lane) mutable { at_lane(lane, std::move(call)); });
  }

  void at_lane(engine::Lane& lane, CallPtr call) {
    auto* const shard = lane.serving() ? broker::find_stream_partition(lane, key_) : nullptr;
    const auto properties = shard == nullptr ? std::nullopt : decode_properties(shard->config().properties);
    if (!properties) {
      const bool gone = lane.serving();
      return go_home(lane.core(), std::move(call), [this, gone](CallPtr back) {
        if (!gone) return finish(std::move(back), failed({ErrorCode::unavailable, "recovering its data"}));
        if (!fresh_) return look_up(std::move(back), true);
        finish(std::move(back), shard_not_found(view_->stream, in_.shard_id));
      });
    }
    env::Core& core = lane.core();
    resolve(*shard, *properties, from_, [this, &core, call = std::move(call)](Outcome<std::uint64_t> offset) mutable {
      go_home(core, std::move(call), [this, offset = std::move(offset)](CallPtr back) mutable {
        if (!offset) return finish(std::move(back), std::move(offset.error()));
        out_.shard_iterator = encode_iterator({view_->stream, view_->created, *shard_, *offset, back->home.now()});
        finish(std::move(back));
      });
    });
  }

  StreamReference reference_;
  std::optional<std::uint32_t> shard_;
  StreamViewPtr view_;
  bool fresh_ = false;
  StartingPoint from_;
  std::string key_;
};

class GetRecords final : public Handler<op::GetRecords> {
 public:
  using Handler::Handler;

  std::size_t output_bytes() const override { return bytes_ + out_.records.size() * record_bytes_beside; }

 private:
  void handle(CallPtr call) override {
    begun_ns_ = call->home.monotonic_ns();
    auto iterator = decode_iterator(in_.shard_iterator);
    if (!iterator) return finish(std::move(call), invalid_argument("Invalid ShardIterator."));
    at_ = std::move(*iterator);
    const Time now = call->home.now();
    if (now > at_.issued + kinesis_.limits().iterator_life) return finish(std::move(call), expired(now));
    if (in_.stream_arn && *in_.stream_arn != at_.stream.arn()) {
      return finish(std::move(call), invalid_argument("StreamARN and the stream of the ShardIterator do not match."));
    }
    if (in_.dry_run.value_or(false)) {
      return finish(std::move(call),
                    Failure{&errors::dry_run_operation_exception, "The request would have succeeded without DryRun."});
    }
    key_ = at_.stream.shard_key(at_.created, at_.shard);
    limits_ = {static_cast<std::uint32_t>(in_.limit.value_or(static_cast<int>(kinesis_.limits().get_records_max))),
               kinesis_.limits().get_bytes_max};
    auto& engine = kinesis_.engine();
    lane_ = engine.lane_of(key_);
    env::Core& home = call->home;
    engine.run(lane_, home,
               [this, call = std::move(call)](engine::Lane& lane) mutable { at_lane(lane, std::move(call)); });
  }

  Failure expired(Time now) const {
    return {&errors::expired_iterator_exception,
            fmt::format(
                "Iterator expired. The iterator was created at time {:%a %b %d %H:%M:%S} UTC {:%Y} while right now "
                "it is {:%a %b %d %H:%M:%S} UTC {:%Y} which is further in the future than the tolerated delay of {} "
                "milliseconds.",
                seconds(at_.issued), seconds(at_.issued), seconds(now), seconds(now),
                kinesis_.limits().iterator_life.count())};
  }
  static std::tm seconds(Time time) { return fmt::gmtime(static_cast<std::time_t>(to_ms(time) / 1000)); }

  void fail_at_home(engine::Lane& lane, CallPtr call, Failure why) {
    go_home(lane.core(), std::move(call),
            [why = std::move(why)](CallPtr back) mutable { finish(std::move(back), std::move(why)); });
  }

  void at_lane(engine::Lane& lane, CallPtr call) {
    if (!lane.serving()) {
      return fail_at_home(lane, std::move(call), failed({ErrorCode::unavailable, "recovering its data"}));
    }
    auto* const shard = broker::find_stream_partition(lane, key_);
    const auto properties = shard == nullptr ? std::nullopt : decode_properties(shard->config().properties);
    if (!properties) {
      return go_home(lane.core(), std::move(call), [this](CallPtr back) { gone(std::move(back)); });
    }
    properties_ = *properties;
    const auto& limits = kinesis_.limits();
    auto& throttle = kinesis_.throttle(lane.id());
    if (!throttle.ready(Rated::bytes_out, key_, limits.shard_out_bytes, lane.now()) ||
        !throttle.take(Rated::calls_out, key_, limits.shard_out_calls, 1, lane.now())) {
      count_get_exceeded(*shard);
      return fail_at_home(lane, std::move(call), rate_exceeded(at_.stream, shard_id(at_.shard)));
    }
    env::Core& core = lane.core();
    shard->read(broker::Offset(at_.offset), {limits_.records_max, limits_.bytes_max},
                [this, &core, call = std::move(call)](Result<broker::StreamRead> read) mutable {
                  go_home(core, std::move(call), [this, read = std::move(read)](CallPtr back) mutable {
                    if (!read) return finish(std::move(back), failed(read.error()));
                    take(std::move(back), std::move(*read));
                  });
                });
  }

  // The stream or the shard is no more; the catalog knows which.
  void gone(CallPtr call) {
    kinesis_.routes().find(std::move(call), {.stream = at_.stream}, true,
                           [this](CallPtr back, Outcome<StreamViewPtr> view) {
                             if (!view) return finish(std::move(back), std::move(view.error()));
                             if ((*view)->created != at_.created)
                               return finish(std::move(back), stream_not_found(at_.stream));
                             finish(std::move(back), shard_not_found(at_.stream, shard_id(at_.shard)));
                           });
  }

  // The names of a record's members, its sequence number and time.
  static constexpr std::size_t record_bytes_beside = 200;

  void take(CallPtr call, broker::StreamRead given) {
    read_ = std::move(given);
    const auto& read = read_;
    Cut taken = cut(read, properties_, at_.offset, limits_, arena_);
    if (taken.damaged) return finish(std::move(call), failed({ErrorCode::damaged, "A stored record cannot be read."}));
    auto behind = read.behind;
    if (!taken.all) {
      // Of the first record that is not given; its batch is among those that were read.
      for (const auto& batch : read.batches) {
        if (batch.first.get() + batch.records > taken.next) {
          behind = std::max(behind, std::chrono::duration_cast<Duration>(call->home.now() - batch.time));
          break;
        }
      }
    }
    behind = std::max(behind, taken.all ? Duration{} : Duration{1});
    out_.millis_behind_latest = behind.count();
    report(call->home, taken, behind);
    bytes_ = taken.bytes;
    out_.records = std::move(taken.records);
    next_ = taken.next;
    if (read.at_end && taken.all) return find_children(std::move(call));
    go_on(*call);
    finish(std::move(call));
  }

  void go_on(Call& call) {
    out_.next_shard_iterator = encode_iterator({at_.stream, at_.created, at_.shard, next_, call.home.now()});
  }

  // What was read is counted where the shard is, once it is known.
  void report(env::Core& home, const Cut& taken, Duration behind) {
    const GetCount count{.bytes = taken.bytes,
                         .records = taken.records.size(),
                         .behind_ms = static_cast<std::uint64_t>(behind.count()),
                         .latency_ms = milliseconds_since(begun_ns_, home)};
    kinesis_.engine().run(lane_, home, [&kinesis = kinesis_, key = key_, count](engine::Lane& lane) {
      kinesis.throttle(lane.id()).charge(Rated::bytes_out, key, kinesis.limits().shard_out_bytes, count.bytes,
                                         lane.now());
      if (auto* const shard = broker::find_stream_partition(lane, key)) count_get(*shard, count);
    });
  }

  // At the end of a closed shard. While its children are not routed to yet, the reader comes again.
  void find_children(CallPtr call) {
    auto& engine = kinesis_.engine();
    env::Core& home = call->home;
    engine.run(engine.lane_of(at_.stream.catalog_key()), home,
               [this, call = std::move(call)](engine::Lane& lane) mutable {
                 const Catalog catalog(lane, at_.stream.catalog_key());
                 const auto entry = lane.serving() ? catalog.stream(at_.stream.name) : std::nullopt;
                 const auto shard =
                     entry && entry->created == at_.created ? catalog.shard(at_.stream.name, at_.shard) : std::nullopt;
                 const bool ended = shard && shard->state == ShardState::closed;
                 if (ended) out_.child_shards = children_of(catalog, at_.stream, at_.shard);
                 lane.when_durable([this, &lane, ended, call = std::move(call)](Result<void> durable) mutable {
                   if (!durable) call->failure = failed(durable.error());
                   go_home(lane.core(), std::move(call), [this, ended](CallPtr back) {
                     if (!ended) go_on(*back);
                     finish(std::move(back));
                   });
                 });
               });
  }

  std::uint64_t begun_ns_ = 0;
  ShardIterator at_;
  // What the output shows.
  broker::StreamRead read_;
  codec::Arena arena_;
  std::size_t bytes_ = 0;
  std::string key_;
  engine::LaneId lane_{};
  CutLimits limits_;
  ShardProperties properties_;
  std::uint64_t next_ = 0;
};

}  // namespace

ActionPtr make_handler(op::GetShardIterator, Kinesis& kinesis) { return std::make_unique<GetShardIterator>(kinesis); }
ActionPtr make_handler(op::GetRecords, Kinesis& kinesis) { return std::make_unique<GetRecords>(kinesis); }

}  // namespace millrace::aws::kinesis

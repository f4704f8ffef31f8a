// What a run of the generator does, as the command line says it.
#pragma once
#include <cstdint>
#include <string>

namespace millrace::bench {

enum class Mode {
  constant,
  send,
  receive_delete,
  cycle,
  fill,
  drain,
  long_poll,
  fair,
  publish,
  create_topics,
  add_subscriptions,
  put_records,
  get_records,
  tail,
  subscribe
};

struct Options {
  Mode mode = Mode::send;
  std::string host = "127.0.0.1";
  std::uint16_t port = 4566;
  std::string queue = "bench";  // long-poll with several queues: the common beginning of their names
  std::string queue_url;        // in place of http://HOST:PORT/000000000000/QUEUE
  unsigned connections = 1;
  unsigned size = 1024;          // bytes of a body
  unsigned batch = 1;            // messages in a send, a receive and a delete
  double seconds = 2;            // measured
  double warmup = 0.5;           // before, not measured
  std::uint64_t count = 0;       // fill, drain: messages (drain: 0 is until the queue gives nothing more)
  std::uint64_t prefill = 0;     // receive-delete: messages sent before the measured part
  std::uint64_t keep_every = 0;  // drain: every n-th message is received but not deleted
  bool check_drain = false;      // send: afterwards receives everything and counts what is missing
  bool fifo = false;
  unsigned groups = 100;   // FIFO: message groups in turn; fair: quiet groups
  unsigned queues = 0;     // long-poll: poller n waits on QUEUE-n; 0: all of them on QUEUE
  double gap_ms = 2;       // long-poll: pause before the next message
  double rate = 40;        // fair: messages a second of each quiet group
  double noisy = 0;        // fair: the noisy group sends this many times as much as a quiet one; 0: there is none
  double work_ms = 50;     // fair: how long a consumer is busy with what it received
  bool ungrouped = false;  // fair: sends without MessageGroupId, for comparison
  // SNS
  std::string topic;        // its ARN, long-poll: the message comes through it; create-topics: beginning of their names
  std::string attribute;    // publish: NAME=VALUE, an attribute of each message
  bool enveloped = false;   // long-poll, receive-delete, drain: messages come as the topic wraps them
  bool filtered = false;    // add-subscriptions: each with a policy that one value of the attribute "key" passes
  std::uint64_t first = 0;  // create-topics, add-subscriptions: number of the first
  // Kinesis
  std::string stream = "bench";
  std::string consumer;     // subscribe: its ARN
  unsigned limit = 10'000;  // records that a GetRecords asks for
  unsigned shards = 1;      // of the stream, never resharded
  bool cbor = false;        // in place of JSON
  bool once = false;        // get-records: every shard to its end, and no more
};

// Prints what is wrong and ends the process with status 2 when the command line makes no sense; --help ends it with 0.
Options parse_options(int argc, char** argv);

}  // namespace millrace::bench

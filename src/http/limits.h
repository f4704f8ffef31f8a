// Limits of the HTTP server: every buffer, count and wait that a client can influence, in one place.
//
// Times are counted in sweeps of the connections (sweep_interval), so a timeout fires up to one interval late.
#pragma once
#include <cstddef>

#include "base/time.h"

namespace millrace::http {

struct Limits {
  // One request. What exceeds a size is answered with the status in brackets, and the connection is closed.
  std::size_t target_bytes_max = std::size_t{64} << 10;  // [414]
  std::size_t header_bytes_max = std::size_t{64} << 10;  // request line and all fields [431]
  std::size_t header_count_max = 100;                    // [431]
  // After removing the chunked encoding [413]. The largest are PutRecords of 10 MiB, 13.4 MiB in base64, and a message
  // of 1 MiB with every character escaped, 6 MiB.
  std::size_t body_bytes_max = std::size_t{16} << 20;
  std::size_t chunk_extension_bytes_max = 4096;  // all chunks of a request together [400]
  std::size_t trailer_bytes_max = 8192;          // [400]

  // One connection.
  std::size_t pipelined_bytes_max = std::size_t{64} << 10;  // read ahead of the request at hand; then reading stops
  // Replies waiting to be written; then no request is handled. A streamed body is told to go on below half of it.
  std::size_t output_bytes_max = std::size_t{256} << 10;
  std::size_t write_bytes_max = std::size_t{256} << 10;  // one write; each must complete within write_stall_timeout
  std::size_t linger_bytes_max = std::size_t{16} << 20;  // read and discarded after an error reply, before closing

  // The server.
  std::size_t connections_max = 20'000;                 // open at once on all cores; beyond: 503 and close
  std::size_t refused_connections_max = 1'000;          // being told 503 at once; beyond: closed without a word
  std::size_t spare_exchanges_max = 256;                // buffers kept per core for the next busy connection
  std::size_t spare_bytes_max = std::size_t{64} << 10;  // largest buffer that is kept; larger ones are freed

  Duration header_timeout = std::chrono::seconds(10);  // from a request's first byte to the end of its fields [408]
  Duration body_timeout = std::chrono::seconds(30);    // without a byte of the body arriving [408]
  Duration idle_timeout = std::chrono::seconds(120);   // between requests, and before the first
  Duration write_stall_timeout = std::chrono::seconds(30);  // one write not taken by the client
  Duration linger_timeout = std::chrono::seconds(5);        // waiting for the client to read an error reply
  Duration sweep_interval = std::chrono::seconds(1);
};

}  // namespace millrace::http

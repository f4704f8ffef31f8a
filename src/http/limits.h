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

  // One HTTP/2 connection, beside those above.
  std::size_t http2_streams_max = 128;  // requests at once; the client is told, and more are refused
  // How much of a body may be on its way: on one stream, and on all of the connection.
  std::size_t http2_window_bytes = std::size_t{256} << 10;
  std::size_t http2_connection_window_bytes = std::size_t{1} << 20;
  // Bodies of all requests under way; beyond it the streams' windows are opened one after another.
  std::size_t http2_body_bytes_max = std::size_t{32} << 20;
  // Replies that the client's windows do not admit; then no request is handled.
  std::size_t http2_unsent_bytes_max = std::size_t{16} << 20;
  std::size_t http2_write_bytes_max = std::size_t{64} << 10;     // one write, in which the streams take turns
  std::size_t http2_progress_bytes_min = std::size_t{16} << 10;  // of a reply within write_stall_timeout, or its rest
  // What a client may do to keep the server busy without asking for anything; beyond it, GOAWAY.
  std::size_t http2_resets_max = 1'000;         // streams reset, by either side, within http2_count_interval
  std::size_t http2_idle_frames_max = 10'000;   // PING, SETTINGS, PRIORITY, empty DATA, within http2_count_interval
  std::size_t http2_queued_frames_max = 1'000;  // answers to such frames that the client does not read
  std::size_t http2_settings_max = 32;          // in one SETTINGS frame
  std::size_t http2_continuations_max = 16;     // of one header block
  Duration http2_count_interval = std::chrono::seconds(10);

  // The server.
  std::size_t connections_max = 20'000;                        // open at once on all cores; beyond: 503 and close
  std::size_t refused_connections_max = 1'000;                 // being told 503 at once; beyond: closed without a word
  std::size_t spare_exchanges_max = 256;                       // buffers kept per core for the next busy connection
  std::size_t spare_bytes_max = std::size_t{64} << 10;         // largest buffer that is kept; larger ones are freed,
  std::size_t spare_large_bytes_max = std::size_t{2} << 20;    // except that this is the largest as long as a core
  std::size_t spare_total_bytes_max = std::size_t{16} << 20;   // keeps no more than this in all
  std::size_t spare_bodies_bytes_max = std::size_t{16} << 20;  // likewise of bodies that were written, per core

  Duration tls_handshake_timeout = std::chrono::seconds(10);  // from the first byte to the last of the handshake
  Duration header_timeout = std::chrono::seconds(10);  // from a request's first byte to the end of its fields [408]
  Duration body_timeout = std::chrono::seconds(30);    // without a byte of the body arriving [408]
  Duration idle_timeout = std::chrono::seconds(120);   // between requests, and before the first
  Duration write_stall_timeout = std::chrono::seconds(30);  // one write not taken by the client
  Duration linger_timeout = std::chrono::seconds(5);        // waiting for the client to read an error reply
  Duration sweep_interval = std::chrono::seconds(1);
};

}  // namespace millrace::http

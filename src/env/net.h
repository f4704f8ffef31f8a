// Net: stream sockets as the servers above need them. A socket belongs to one core and is used from it only.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/callback.h"
#include "base/result.h"
#include "env/core.h"

namespace millrace::env {

class Socket {
 public:
  // Closes. Callbacks of reads and writes still under way are destroyed without being run.
  virtual ~Socket() = default;
  // Reads at least one byte; 0 bytes means that the peer has closed its side. One read at a time.
  virtual void read(MutableBytes into, Callback<void(Result<std::size_t>)> done) = 0;
  // Writes all the pieces in order. The bytes stay valid until `done`. One write at a time.
  virtual void write(std::vector<Bytes> pieces, Callback<void(Result<void>)> done) = 0;
  // Tells the peer that nothing more will be written (a half close), so that it sees the end of the last reply while it
  // may still be sending. Not while a write is under way. Does nothing where the transport cannot.
  virtual void end_writing() {}
  // Ends both directions; what is under way completes with an error.
  virtual void close() = 0;
  // "127.0.0.1:5123", for messages.
  virtual const std::string& peer() const = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;  // stops listening
  virtual std::uint16_t port() const = 0;
};

// What a listener does with a new connection: called on the core that the socket now belongs to.
using Accepted = Callback<void(Core&, std::unique_ptr<Socket>)>;

class Net {
 public:
  virtual ~Net() = default;
  // Listens on `address` ("127.0.0.1:4566", "[::1]:0", "localhost:4566"; port 0 lets the system choose) and hands each
  // connection to the core with the fewest open sockets. Called on the first core. `accepted` may run on any core,
  // several at once, so what it captures must allow that.
  virtual Result<std::unique_ptr<Listener>> listen(const std::string& address, Accepted accepted) = 0;
  // Connects to `address` ("smsc.example.org:2775", "127.0.0.1:2775", "[::1]:2775"), whose name is looked up without holding
  // up the core: `done` gets the socket on `core`, from which this is called, after this has returned. An error when the
  // address is malformed (invalid), or unknown or out of reach (io). There is no limit to how long that may take but the
  // system's own. A machine that stops destroys `done` unrun.
  virtual void connect(Core& core, const std::string& address,
                       Callback<void(Result<std::unique_ptr<Socket>>)> done) = 0;
};

}  // namespace millrace::env

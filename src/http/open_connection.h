// OpenConnection: what a ServerCore knows of the connections in its list, whatever they speak.
#pragma once
#include <cstddef>

namespace millrace::http {

class OpenConnection {
 public:
  virtual ~OpenConnection() = default;
  virtual void start() = 0;
  // Compares the clock with what is being waited for.
  virtual void sweep() = 0;
  // Closes if nothing is going on; otherwise after the last reply.
  virtual void drain() = 0;
  virtual void close() = 0;
  // It came beyond Limits::connections_max and is told so.
  virtual bool refused() const = 0;

  std::size_t index = 0;  // in the ServerCore's list
};

}  // namespace millrace::http

// The server's end of TLS over another socket.
//
// It is a Socket like any other: read() gives what the client sent, decrypted, write() takes what is to be encrypted. The
// handshake happens by the way. OpenSSL works on buffers in memory and does no I/O of its own. A client that breaks the
// protocol, ends without close_notify, or is not through the handshake in time gives an error from read().
#pragma once
#include <memory>

#include "base/time.h"
#include "env/core.h"
#include "env/net.h"
#include "http/tls_context.h"

namespace millrace::http {

std::unique_ptr<env::Socket> make_tls_socket(env::Core& core, std::shared_ptr<const TlsContext> context,
                                             std::unique_ptr<env::Socket> inner, Duration handshake_timeout);

}  // namespace millrace::http

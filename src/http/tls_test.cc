// TLS over fake sockets, with OpenSSL's own client.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "http/http2_test_client.h"
#include "http/tls_context.h"
#include "http/tls_socket.h"

namespace millrace::http {
namespace {

struct ClientOptions {
  int version = 0;        // both bounds; 0: any
  std::string_view alpn;  // in ALPN's form
  const char* ciphers = nullptr;
};

// The client's end: its bytes go to a FakePeer and come from it.
class TlsClient {
 public:
  TlsClient(FakeCore& core, std::shared_ptr<FakePeer> peer, ClientOptions options = {})
      : core_(core), peer_(std::move(peer)), context_(SSL_CTX_new(TLS_client_method())) {
    if (options.version != 0) {
      SSL_CTX_set_min_proto_version(context_, options.version);
      SSL_CTX_set_max_proto_version(context_, options.version);
    }
    SSL_CTX_set_security_level(context_, 0);
    if (options.ciphers != nullptr) SSL_CTX_set_cipher_list(context_, options.ciphers);
    ssl_ = SSL_new(context_);
    input_ = BIO_new(BIO_s_mem());
    output_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_, input_, output_);
    SSL_set_connect_state(ssl_);
    if (!options.alpn.empty()) {
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
    }
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ERR_clear_error();
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Sends, encrypted; the handshake begins by itself.
  void send(std::string_view bytes) {
    to_send_ += bytes;
    run();
  }
  void run() {
    while (true) {
      const bool moved = step();
      const auto output = take_output();
      if (!output.empty() && !peer_->closed) peer_->send(output);
      core_.run();
      const auto fresh = peer_->received.substr(seen_);
      seen_ = peer_->received.size();
      BIO_write(input_, fresh.data(), static_cast<int>(fresh.size()));
      if (output.empty() && fresh.empty() && !moved) return;
    }
  }
  // What the client would put on the wire now.
  std::string take_output() {
    std::string output(BIO_ctrl_pending(output_), '\0');
    if (!output.empty()) BIO_read(output_, output.data(), static_cast<int>(output.size()));
    return output;
  }
  // Reads and writes what is possible; true when anything was.
  bool step() {
    bool moved = false;
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_) == 0) note(SSL_do_handshake(ssl_));
    if (SSL_is_init_finished(ssl_) == 0) return false;
    std::size_t size = 0;
    if (!to_send_.empty() &&
        SSL_write_ex(ssl_, to_send_.data(), std::min<std::size_t>(to_send_.size(), 50'000), &size)) {
      to_send_.erase(0, size);
      moved = true;
    }
    char buffer[20'000];
    int result;
    ERR_clear_error();
    while ((result = SSL_read_ex(ssl_, buffer, sizeof buffer, &size)) == 1) {
      received.append(buffer, size);
      moved = true;
    }
    note(result);
    return moved;
  }
  std::string alpn() const {
    const unsigned char* data = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &data, &size);
    return std::string(reinterpret_cast<const char*>(data), size);
  }
  bool connected() const { return SSL_is_init_finished(ssl_) == 1; }
  SSL* ssl() { return ssl_; }
  FakePeer& peer() { return *peer_; }

  std::string received;
  bool ended = false;  // close_notify came
  std::string failure;

 private:
  void note(int result) {
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_ZERO_RETURN: ended = true; break;
      case SSL_ERROR_SSL: failure = ERR_reason_error_string(ERR_peek_last_error()); break;
      default: break;
    }
  }

  FakeCore& core_;
  std::shared_ptr<FakePeer> peer_;
  SSL_CTX* context_;
  SSL* ssl_;
  BIO* input_;
  BIO* output_;
  std::string to_send_;
  std::size_t seen_ = 0;
};

std::shared_ptr<const TlsContext> context() {
  static const auto made = TlsContext::self_signed(from_ms(784'111'777'000), 12345).value();
  return made;
}

class TlsTest : public ConnectionTest {
 protected:
  void start_tls(Limits limits = {}) {
    start(limits);
    ASSERT_TRUE(server_->listen("127.0.0.1:0", context()));
  }
  std::unique_ptr<TlsClient> client(ClientOptions options = {}) {
    if (!server_) start_tls();
    return std::make_unique<TlsClient>(core_, net_.connect(), options);
  }
};

TEST_F(TlsTest, ServesBothVersions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto c = client({.version = version});
    c->send(post("hello"));
    EXPECT_EQ(c->received, ok("hello"));
    EXPECT_EQ(SSL_version(c->ssl()), version);
    c->send(post("again"));
    EXPECT_EQ(c->received, ok("hello") + ok("again"));
    EXPECT_FALSE(c->peer().closed);
  }
}

TEST_F(TlsTest, OlderVersionsAndWeakCiphersAreRefused) {
  auto c = client({.version = TLS1_1_VERSION});
  c->send(get);
  EXPECT_FALSE(c->connected());
  EXPECT_TRUE(c->peer().closed);
  c = client({.version = TLS1_2_VERSION, .ciphers = "AES128-SHA"});
  c->send(get);
  EXPECT_FALSE(c->connected());
  EXPECT_TRUE(c->peer().closed);
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(TlsTest, AlpnPrefersHttp2) {
  const std::pair<std::string_view, std::string> cases[] = {
      {"", ""},
      {"\x08http/1.1", "http/1.1"},
      {"\x02h2", "h2"},
      {"\x08http/1.1\x02h2", "h2"},
      {"\x06spdy/1\x08http/1.1", "http/1.1"},
  };
  for (const auto& [offer, chosen] : cases) {
    auto c = client({.alpn = offer});
    c->run();
    EXPECT_TRUE(c->connected()) << offer;
    EXPECT_EQ(c->alpn(), chosen);
  }
  auto c = client({.alpn = "\x06spdy/1"});
  c->run();
  EXPECT_FALSE(c->connected());
  EXPECT_TRUE(c->peer().closed);
}

TEST_F(TlsTest, TheHandlerKnowsThatItIsSecure) {
  hold_ = true;
  auto c = client();
  c->send(get);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_TRUE(requests_[0]->secure);
  answer(0, "");
  c = client({.alpn = "\x02h2"});
  c->send(http2_start() +
          frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, request_block()));
  ASSERT_EQ(requests_.size(), 2u);
  EXPECT_TRUE(requests_[1]->secure);
  EXPECT_EQ(requests_[1]->major_version, 2);
  answer(1, "the body");
  c->run();
  EXPECT_NE(c->received.find(frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "the body")), std::string::npos);
}

TEST_F(TlsTest, WhereTheHandshakeIsCutChangesNothing) {
  std::string first;
  {
    TlsClient source(core_, std::make_shared<FakePeer>());
    source.step();
    first = source.take_output();
  }
  for (std::size_t at = 1; at < first.size(); ++at) {
    auto c = client();
    c->step();
    const auto hello = c->take_output();
    c->peer().send(std::string_view(hello).substr(0, at));
    core_.run();
    EXPECT_EQ(c->peer().received, "");
    c->peer().send(std::string_view(hello).substr(at));
    c->send(get);
    ASSERT_EQ(c->received, ok("")) << at;
  }
}

TEST_F(TlsTest, TruncatedHandshakesAreLeft) {
  auto c = client();
  c->step();
  const auto hello = c->take_output();
  for (std::size_t size = 0; size < hello.size(); size += 7) {
    auto peer = net_.connect();
    peer->send(std::string_view(hello).substr(0, size));
    core_.run();
    EXPECT_FALSE(peer->closed);
    peer->finish();
    core_.run();
    EXPECT_TRUE(peer->closed) << size;
  }
  auto slow = net_.connect();
  slow->send(std::string_view(hello).substr(0, 20));
  core_.advance(std::chrono::seconds(9));
  EXPECT_FALSE(slow->closed);
  core_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(slow->closed);
}

TEST_F(TlsTest, TheHandshakesTimeoutEndsWithIt) {
  auto c = client();
  c->run();
  core_.advance(std::chrono::seconds(60));
  EXPECT_FALSE(c->peer().closed);
  c->send(get);
  EXPECT_TRUE(c->received.starts_with("HTTP/1.1 200"));
}

TEST_F(TlsTest, GarbageIsAnsweredWithAnAlert) {
  for (const std::string& garbage : {std::string(get), std::string(100, '\0'), std::string(100, '\x16'),
                                     std::string("\x16\x03\x01\x00\x05hello", 10), std::string(http2_preface)}) {
    if (!server_) start_tls();
    auto peer = net_.connect();
    peer->send(garbage);
    core_.run();
    EXPECT_TRUE(peer->closed) << testing::PrintToString(garbage);
    EXPECT_TRUE(peer->received.empty() || peer->received[0] == '\x15') << testing::PrintToString(peer->received);
  }
  auto c = client();
  c->send(get);
  const auto before = c->received;
  c->peer().send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  c->run();
  EXPECT_TRUE(c->peer().closed) << "a record that was not encrypted by the client";
  EXPECT_FALSE(c->failure.empty());
  EXPECT_EQ(c->received, before);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(TlsTest, CloseNotifyIsAnEndAndACutIsNone) {
  hold_ = true;
  auto c = client();
  c->send(get);
  SSL_shutdown(c->ssl());
  c->run();
  EXPECT_TRUE(held_[0].gone());
  EXPECT_FALSE(c->peer().closed) << "a half close: the answer is still wanted";
  answer(0, "last words");
  c->run();
  EXPECT_EQ(c->received, ok("last words"));
  EXPECT_TRUE(c->peer().closed);
  EXPECT_TRUE(c->ended) << "the client can tell it from a cut";

  c = client();
  c->send(get);
  c->peer().finish();
  core_.run();
  EXPECT_TRUE(held_[1].gone());
  EXPECT_TRUE(c->peer().closed);
}

TEST_F(TlsTest, ConnectionsThatTheServerClosesEndWithCloseNotify) {
  auto c = client();
  c->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(c->received, ok("", "Connection: close\r\n"));
  EXPECT_TRUE(c->ended);
  EXPECT_TRUE(c->peer().closed);
  c = client();
  c->send("nonsense\r\n\r\n");
  EXPECT_EQ(statuses(c->received), "400");
  EXPECT_TRUE(c->ended);
  EXPECT_TRUE(c->peer().ended);
  EXPECT_FALSE(c->peer().closed) << "it lingers";
}

TEST_F(TlsTest, RenegotiationIsRefused) {
  auto c = client({.version = TLS1_2_VERSION});
  c->send(get);
  EXPECT_EQ(SSL_renegotiate(c->ssl()), 1);
  SSL_do_handshake(c->ssl());
  c->run();
  EXPECT_FALSE(c->failure.empty());
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(TlsTest, KeysMayBeUpdated) {
  auto c = client({.version = TLS1_3_VERSION});
  c->send(post("one"));
  SSL_key_update(c->ssl(), SSL_KEY_UPDATE_REQUESTED);
  c->send(post("two"));
  c->send(post("three"));
  EXPECT_EQ(c->received, ok("one") + ok("two") + ok("three"));
}

TEST_F(TlsTest, AClientThatDoesNotReadCannotMakeTheServerKeepAnswers) {
  auto c = client({.version = TLS1_3_VERSION});
  c->send(get);
  c->peer().takes_writes = false;
  std::size_t sent = 0;
  for (int i = 0; i < 20'000 && (i < 10 || c->peer().reading()); ++i) {
    SSL_key_update(c->ssl(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(c->ssl());
    c->peer().send(c->take_output());
    core_.run();
    ++sent;
  }
  EXPECT_FALSE(c->peer().reading());
  EXPECT_LT(sent, 10'000u);
}

TEST_F(TlsTest, LargeTransfersGoBothWays) {
  std::string body(3'000'000, ' ');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto c = client({.version = version});
    c->send(post(body) + post("next"));
    EXPECT_TRUE(c->received == ok(body) + ok("next"));
    EXPECT_LT(*std::ranges::max_element(c->peer().writes), 140'000u) << "encrypted step by step";
  }
}

TEST_F(TlsTest, ASlowClientIsWaitedForAndThenCutOff) {
  reply_ = std::string(500'000, 'r');
  auto c = client();
  c->run();
  c->peer().takes_writes = false;
  c->send(get);
  for (int i = 0; i < 5; ++i) {
    core_.advance(std::chrono::seconds(4));
    c->peer().take_write();
    c->run();
  }
  EXPECT_FALSE(c->peer().closed);
  EXPECT_GT(c->received.size(), 200'000u);
  EXPECT_LT(c->received.size(), 500'000u);
  core_.advance(std::chrono::seconds(34));
  EXPECT_TRUE(c->peer().closed);
}

TEST_F(TlsTest, StreamedBodiesGoThrough) {
  hold_ = true;
  auto c = client();
  c->send(get);
  auto body = held_[0].stream({});
  body.send("one");
  c->run();
  EXPECT_TRUE(c->received.ends_with("3\r\none\r\n"));
  EXPECT_EQ(body.pending(), 0u);
  SSL_shutdown(c->ssl());
  c->run();
  EXPECT_TRUE(body.gone());
}

TEST_F(TlsTest, RefusedConnectionsAreToldAfterTheHandshake) {
  Limits limits;
  limits.connections_max = 1;
  start_tls(limits);
  auto first = client();
  first->run();
  auto second = client();
  second->run();
  EXPECT_EQ(statuses(second->received), "503");
}

TEST_F(TlsTest, TheServerMayGoDuringAHandshake) {
  auto c = client();
  c->step();
  const auto hello = c->take_output();
  c->peer().send(hello.substr(0, 50));
  core_.run();
  server_.reset();
  EXPECT_TRUE(c->peer().closed);
  core_.advance(std::chrono::seconds(60));
}

TEST_F(TlsTest, DrainClosesIdleConnections) {
  auto c = client();
  c->run();
  bool done = false;
  server_->drain(std::chrono::seconds(5), [&] { done = true; });
  core_.run();
  c->run();
  EXPECT_TRUE(done && c->peer().closed && c->ended);
}

TEST(TlsContext, TheSelfSignedCertificateIsForThisMachine) {
  const auto made = context();
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(made->certificate_pem().data(), static_cast<int>(made->certificate_pem().size())), BIO_free_all);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                X509_free);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "example.com", 0, 0, nullptr), 0);
  EXPECT_EQ(made->fingerprint().size(), 32u * 3 - 1);
}

TEST(TlsContext, FilesThatDoNotServeAreNamed) {
  const auto message = [](std::string_view certificates, std::string_view key) {
    auto made = TlsContext::from_pem({"tls_certificate = \"c.pem\"", certificates}, {"tls_key = \"k.pem\"", key});
    return made ? std::string() : made.error().message;
  };
  const auto key_pem = [] {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  };
  const auto certificate = context()->certificate_pem();
  EXPECT_TRUE(message("", "").starts_with("tls_certificate = \"c.pem\" holds no certificate"));
  EXPECT_TRUE(message("garbage", key_pem()).starts_with("tls_certificate = \"c.pem\" holds no certificate"));
  EXPECT_TRUE(message(certificate, "garbage").starts_with("tls_key = \"k.pem\" holds no private key"));
  EXPECT_TRUE(message(certificate, certificate).starts_with("tls_key = \"k.pem\" holds no private key"));
  EXPECT_TRUE(message(certificate, key_pem())
                  .starts_with("tls_key = \"k.pem\" does not belong to the certificate in tls_certificate"));
  EXPECT_NE(message(certificate, key_pem()).find("allowed:"), std::string::npos);
}

}  // namespace
}  // namespace millrace::http

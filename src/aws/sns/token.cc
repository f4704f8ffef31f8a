#include "aws/sns/token.h"

#include <algorithm>

#include "aws/request_id.h"
#include "base/bytes.h"
#include "codec/text.h"

namespace millrace::aws::sns {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t token_bytes = sizeof(broker::SubscriptionId) + sizeof(std::uint64_t) + secret_bytes;
constexpr std::size_t token_digits_min = 64;
constexpr std::size_t token_digits_max = 1024;

std::string_view bytes_of(const auto& array) { return {reinterpret_cast<const char*>(array.data()), array.size()}; }

}  // namespace

std::string make_token(env::Core& core, const broker::SubscriptionId& subscription, Time now) {
  std::string bytes;
  ByteWriter out(bytes);
  out.raw(bytes_of(subscription));
  out.i64(to_ms(now));
  for (std::size_t i = 0; i < secret_bytes; i += sizeof(Uuid)) out.raw(bytes_of(random_uuid(core)));
  std::string text;
  codec::hex_encode(bytes, text);
  return text;
}

std::optional<Token> read_token(std::string_view text) {
  std::string bytes;
  if (text.size() != 2 * token_bytes || !codec::hex_decode(text, bytes)) return std::nullopt;
  ByteReader in(bytes);
  Token token;
  std::ranges::copy(in.raw(token.subscription.size()), token.subscription.begin());
  token.asked = from_ms(in.i64());
  return token;
}

bool looks_like_token(std::string_view text) {
  std::string bytes;
  return text.size() >= token_digits_min && text.size() <= token_digits_max && codec::hex_decode(text, bytes);
}

}  // namespace millrace::aws::sns

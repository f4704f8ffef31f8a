// SNS on the wire, as far as the generator needs it: requests of the query protocol, the members of its XML replies that
// are verified, and a message inside the envelope that queues receive it in.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "load/bodies.h"
#include "load/options.h"

namespace millrace::bench {

// The body of a request of the query protocol, member by member.
class Form {
 public:
  explicit Form(std::string_view action);
  Form& add(std::string_view name, std::string_view value);
  const std::string& written() const { return out_; }

 private:
  std::string out_;
};

std::string build_sns_request(const Options& options, const Form& form);

// Publish, or PublishBatch for more than one message, of the bodies from `first` on.
std::string build_publish(const Options& options, Bodies& bodies, std::size_t first, unsigned count);
// Whether the reply accepts `count` messages, each with an id and, in a batch, each once.
bool accepts_publish(std::string_view xml, unsigned count);

// The text of the first element of this name; empty when there is none.
std::string_view element(std::string_view xml, std::string_view name);

// The body that a received message is, or null. Both are as they stand between the quotes of JSON. In an envelope, the MD5
// must be that of the whole envelope.
Body* find_received(Bodies& bodies, bool enveloped, std::string_view text, std::string_view md5);

}  // namespace millrace::bench

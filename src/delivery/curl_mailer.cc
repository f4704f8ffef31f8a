#include "delivery/curl_mailer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "delivery/curl_common.h"
#include "delivery/mail_message.h"

namespace millrace::delivery {
namespace {

class MailTransfer final : public Transfer {
 public:
  MailTransfer(env::Core& home, std::shared_ptr<const SmtpRelay> relay, std::string from, std::string to,
               std::string message, Callback<void(Outcome)> done)
      : Transfer(home, relay->url, relay->timeout),
        relay_(std::move(relay)),
        from_(std::move(from)),
        to_(std::move(to)),
        message_(std::move(message)),
        done_(std::move(done)) {}

  Result<CURL*> begin(const CurlLibrary& curl) override {
    handle_ = new_handle(curl, "smtp,smtps", relay_->ca_file, error_);
    recipients_ = curl.slist_append(nullptr, to_.c_str());
    const auto set = [&](CURLoption option, auto value) { curl.easy_setopt(handle_, option, value); };
    set(CURLOPT_URL, relay_->url.c_str());
    if (!relay_->user.empty()) {
      set(CURLOPT_USERNAME, relay_->user.c_str());
      set(CURLOPT_PASSWORD, relay_->password.c_str());
    }
    if (relay_->starttls != SmtpRelay::StartTls::never) {
      const bool required = relay_->starttls == SmtpRelay::StartTls::required;
      set(CURLOPT_USE_SSL, static_cast<long>(required ? CURLUSESSL_ALL : CURLUSESSL_TRY));
      if (!required && relay_->url.starts_with("smtp://")) {
        set(CURLOPT_SSL_VERIFYPEER, 0L);
        set(CURLOPT_SSL_VERIFYHOST, 0L);
      }
    }
    set(CURLOPT_MAIL_FROM, from_.c_str());
    set(CURLOPT_MAIL_RCPT, recipients_);
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message_.size()));
    set(CURLOPT_READFUNCTION, &give_message);
    set(CURLOPT_READDATA, this);
    return handle_;
  }

  bool end(const CurlLibrary& curl, CURLcode code) override {
    long status = 0;
    curl.easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    outcome_.status = static_cast<int>(status);
    outcome_.kind = code == CURLE_OK                  ? Outcome::Kind::delivered
                    : is_about_the_mail(code, status) ? Outcome::Kind::refused
                                                      : Outcome::Kind::retry;
    if (code != CURLE_OK) outcome_.detail = error_[0] != 0 ? error_ : curl.easy_strerror(code);
    curl.easy_cleanup(handle_);
    curl.slist_free_all(recipients_);
    // An answer of any kind shows that the relay lives.
    return code == CURLE_OK || outcome_.kind == Outcome::Kind::refused || (status >= 400 && status < 500);
  }

  void fail(Error error) override { outcome_ = without_answer(error); }
  void deliver() override { done_(std::move(outcome_)); }

 private:
  // A refusal may also concern all mail alike: our greeting, the password, TLS. Those are not final for this one.
  bool is_about_the_mail(CURLcode code, long status) const {
    return status >= 500 && status < 600 && (code == CURLE_SEND_ERROR || given_ > 0);
  }

  static std::size_t give_message(char* into, std::size_t one, std::size_t count, void* self) {
    auto& transfer = *static_cast<MailTransfer*>(self);
    const auto size = std::min(one * count, transfer.message_.size() - transfer.given_);
    std::memcpy(into, transfer.message_.data() + transfer.given_, size);
    transfer.given_ += size;
    return size;
  }

  const std::shared_ptr<const SmtpRelay> relay_;
  const std::string from_;
  const std::string to_;
  const std::string message_;
  Callback<void(Outcome)> done_;
  Outcome outcome_;
  CURL* handle_ = nullptr;
  curl_slist* recipients_ = nullptr;
  std::size_t given_ = 0;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace

CurlMailer::CurlMailer(CurlLoop& loop, SmtpRelay relay)
    : loop_(loop), relay_(std::make_shared<const SmtpRelay>(std::move(relay))) {}

void CurlMailer::send(env::Core& home, Mail mail, Callback<void(Outcome)> done) {
  if (mail.from.empty()) mail.from = relay_->from;
  const auto id = [&] { return fmt::format("{:016x}{:016x}", home.random_u64(), home.random_u64()); };
  auto message = format_mail(mail, {.date = home.now(), .id = id(), .boundary = id()});
  if (!message) {
    return home.post(
        [done = std::move(done), outcome = without_answer(message.error())]() mutable { done(std::move(outcome)); });
  }
  auto from = parse_mailbox(mail.from).value().address;
  auto to = parse_mailbox(mail.to).value().address;
  loop_.submit(std::make_unique<MailTransfer>(home, relay_, fmt::format("<{}>", from), fmt::format("<{}>", to),
                                              std::move(*message), std::move(done)));
}

}  // namespace millrace::delivery

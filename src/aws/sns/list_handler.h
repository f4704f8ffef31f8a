// An operation that lists what an account keeps, page by page, in the order of texts that tell the entries apart.
#pragma once
#include <string>
#include <utility>

#include "aws/sns/handler.h"
#include "aws/sns/paging.h"

namespace millrace::aws::sns {

// Base finds out whose account it is.
template <class Op, class Base = AccountHandler<Op>>
class ListHandler : public Base {
 public:
  using Base::Base;

 protected:
  // What its tokens are good for, so that they serve no other list.
  virtual std::string about() const = 0;

  Outcome<void> prepare(Call& call) override {
    if (auto ok = Base::prepare(call); !ok) return ok;
    auto last = read_page(this->in_.next_token, about());
    if (!last) return refuse(std::move(last.error()));
    after_ = std::move(*last);
    return {};
  }

  // On the lane: find(after, count_max) gives the entries that follow; visit() gets those of the page.
  template <class Find, class Visit>
  void list(std::size_t page, Find find, Visit visit) {
    const auto place = [](const auto& entry) { return place_of(entry); };
    this->out_.next_token = each_of_page(find(after_, page + 1), page, about(), place, visit);
  }

 private:
  static const std::string& place_of(const std::string& entry) { return entry; }
  template <class Value>
  static const std::string& place_of(const std::pair<std::string, Value>& entry) {
    return entry.first;
  }

  std::string after_;
};

}  // namespace millrace::aws::sns

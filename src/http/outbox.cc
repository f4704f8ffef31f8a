#include "http/outbox.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::http {
namespace {

// A small piece's memory is kept for the next up to this size.
constexpr std::size_t spare_bytes_max = 2 * Outbox::large_bytes_min;

}  // namespace

std::string& Outbox::tail() {
  if (!open_ || waiting_.back().size() >= large_bytes_min) {
    waiting_.push_back(std::move(spare_));
    waiting_.back().clear();
    spare_ = std::string();
    open_ = true;
  }
  return waiting_.back();
}

void Outbox::append(std::string body) {
  if (body.size() < large_bytes_min) {
    tail().append(body);
    return;
  }
  waiting_.push_back(std::move(body));
  open_ = false;
}

std::size_t Outbox::waiting_bytes() const {
  std::size_t bytes = 0;
  for (const std::string& piece : waiting_) bytes += piece.size();
  return bytes;
}

std::vector<Bytes> Outbox::begin_write(std::size_t bytes_max) {
  if (writing_.empty()) {
    writing_.swap(waiting_);
    open_ = false;
    writing_bytes_ = 0;
    for (const std::string& piece : writing_) writing_bytes_ += piece.size();
    written_bytes_ = done_bytes_ = piece_ = piece_offset_ = 0;
  }
  std::vector<Bytes> pieces;
  while (piece_ < writing_.size() && bytes_max > 0) {
    const Bytes rest = as_bytes(writing_[piece_]).subspan(piece_offset_);
    const auto taken = std::min(rest.size(), bytes_max);
    if (taken > 0) pieces.push_back(rest.first(taken));
    bytes_max -= taken;
    written_bytes_ += taken;
    piece_offset_ += taken;
    if (piece_offset_ == writing_[piece_].size()) {
      ++piece_;
      piece_offset_ = 0;
    }
  }
  return pieces;
}

void Outbox::written() {
  check(!writing_.empty());
  done_bytes_ = written_bytes_;
  if (piece_ < writing_.size()) return;
  auto& largest = *std::ranges::max_element(writing_, {}, &std::string::capacity);
  if (largest.capacity() > spare_bytes_max) spent_ = std::move(largest);
  auto& first = writing_.front();
  if (first.capacity() <= spare_bytes_max && first.capacity() > spare_.capacity()) spare_ = std::move(first);
  writing_.clear();
  writing_bytes_ = written_bytes_ = done_bytes_ = 0;
}

void Outbox::clear() {
  waiting_.clear();
  writing_.clear();
  writing_bytes_ = written_bytes_ = done_bytes_ = 0;
  open_ = false;
}

}  // namespace millrace::http

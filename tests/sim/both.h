// Both: two scenarios side by side on the same lanes, so that they share journals, segments and compaction.
#pragma once
#include <memory>
#include <utility>

#include "sim/scenario.h"

namespace millrace::sim {

class Both final : public Scenario {
 public:
  Both(const Setting& setting, std::unique_ptr<Scenario> one, std::unique_ptr<Scenario> other)
      : random_(setting.world.random().fork("both")), one_(std::move(one)), other_(std::move(other)) {}

  void use(Server* server) override {
    one_->use(server);
    other_->use(server);
  }
  void prepare() override {
    one_->prepare();
    other_->prepare();
  }
  bool prepared() const override { return one_->prepared() && other_->prepared(); }
  void act() override { (random_.percent(50) ? one_ : other_)->act(); }
  void check_full_disk(Course& course) override {
    one_->check_full_disk(course);
    other_->check_full_disk(course);
  }
  void check_quiet(Course& course) override {
    one_->check_quiet(course);
    other_->check_quiet(course);
  }
  void drain(Course& course) override {
    one_->drain(course);
    other_->drain(course);
  }
  void check_after_the_end(Course& course) override {
    one_->check_after_the_end(course);
    other_->check_after_the_end(course);
  }
  std::uint64_t received() const override { return one_->received() + other_->received(); }

 private:
  env::sim::Random random_;
  std::unique_ptr<Scenario> one_;
  std::unique_ptr<Scenario> other_;
};

}  // namespace millrace::sim

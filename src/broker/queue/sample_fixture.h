// A fixture for checked-in samples of a lane: a folder below tests/format/ is read as lane 0, or written from it.
//
// MILLRACE_WRITE_SAMPLE=1 in the environment writes samples anew; for a new version only, into a new folder.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "env/file.h"
#include "env/real/machine.h"

namespace millrace::broker {

template <class Fixture>
class SampleTest : public Fixture {
 protected:
  template <class... Args>
  explicit SampleTest(Args... args) : Fixture(args...) {}

  static bool writing() { return std::getenv("MILLRACE_WRITE_SAMPLE") != nullptr; }

  // Before a sample is made: small files, so that it has some of each kind.
  void begin_sample() {
    this->options.journal_file_bytes = 32 << 10;
    this->options.journal_chunk_bytes = 16 << 10;
    forget_everything();
    this->open();
  }

  void write_sample(const std::string& folder) {
    env::Machine machine(1);
    (void)machine.files().make_directory(folder);
    for (const auto& path : this->world.disk().paths()) {
      const std::string file = path.substr(path.rfind('/') + 1);
      if (file == "reserve" || file.starts_with("spare-")) continue;
      const auto content = env::read_all(this->world.core(0).files(), path);
      ASSERT_TRUE(env::replace(machine.files(), folder, file, as_bytes(*content)));
    }
  }

  void read_sample(const std::string& folder) {
    forget_everything();
    env::Machine machine(1);
    const auto names = machine.files().list(folder);
    ASSERT_TRUE(names.has_value()) << names.error().message;
    for (const auto& file : *names) {
      const auto content = env::read_all(machine.files(), folder + "/" + file);
      ASSERT_TRUE(env::replace(this->world.core(0).files(), "/data/lane-0", file, as_bytes(*content)));
    }
    this->open();
  }

 private:
  void forget_everything() {
    this->engine.reset();
    this->world.crash();
    this->world.restart();
    for (const auto& path : this->world.disk().paths()) ASSERT_TRUE(this->world.core(0).files().remove(path));
  }
};

}  // namespace millrace::broker

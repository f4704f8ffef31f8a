// A transcript: its steps in order, with the line where each stands.
#pragma once
#include <string>
#include <vector>

namespace millrace::wire {

struct TranscriptStep {
  int line = 0;
  std::string verb;                // "call", "ok", "send" …
  std::string rest;                // what follows it, continuation lines appended
  std::vector<std::string> block;  // lines that begin with '|', without it
};

std::vector<TranscriptStep> read_transcript(const std::string& path);

}  // namespace millrace::wire

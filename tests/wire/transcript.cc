#include "tests/wire/transcript.h"

#include <fstream>
#include <string_view>

namespace millrace::wire {

std::vector<TranscriptStep> read_transcript(const std::string& path) {
  std::vector<TranscriptStep> steps;
  std::ifstream file(path);
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    const std::string_view content = text;
    if (content.find_first_not_of(' ') == std::string_view::npos || content.starts_with('#')) continue;
    if (content.starts_with('|') && !steps.empty()) {
      steps.back().block.emplace_back(content.substr(content.starts_with("| ") ? 2 : 1));
      continue;
    }
    if (content.starts_with(' ') && !steps.empty()) {
      steps.back().rest += ' ';
      steps.back().rest += content.substr(content.find_first_not_of(' '));
      continue;
    }
    const auto space = content.find(' ');
    TranscriptStep step{.line = line, .verb = std::string(content.substr(0, space))};
    if (space != std::string_view::npos) step.rest = content.substr(space + 1);
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace millrace::wire

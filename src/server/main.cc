// millrace: the command line.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>
#include <string>

#include "base/log.h"
#include "server/config.h"
#include "server/inspect.h"
#include "server/serve.h"
#include "server/version.h"

namespace {

namespace server = millrace::server;

constexpr const char* about =
    "Millrace: queues, topics and streams behind the APIs of Amazon SQS, SNS and Kinesis, durable, in one program and "
    "one data directory.";

constexpr const char* serve_footer = R"(
Every option can stand in a TOML file too (millrace serve --config millrace.toml), with underscores:
    listen = "127.0.0.1:4566"
    data = "/var/lib/millrace"
    durability = "sync"

Try it:
    millrace serve --data ./data
    aws --endpoint-url http://127.0.0.1:4566 sqs create-queue --queue-name orders
(any credentials and any region will do; a 12-digit access key is the account))";

int failed(const millrace::Error& error) {
  std::fprintf(stderr, "millrace: %s\n", error.message.c_str());
  return 1;
}

std::string option_name(std::string_view key) {
  std::string name(key);
  for (char& c : name) c = c == '_' ? '-' : c;
  return "--" + name;
}

// Options first, so that they can win over the file.
int run_serve(const std::string& file, const std::map<std::string, std::string>& given) {
  server::Config config;
  if (!file.empty()) {
    if (auto ok = server::read_file(config, file); !ok) return failed(ok.error());
  }
  for (const auto& [key, value] : given) {
    if (auto ok = server::set(config, key, value, option_name(key)); !ok) return failed(ok.error());
  }
  if (auto ok = server::validate(config); !ok) return failed(ok.error());
  const std::map<std::string, millrace::logging::Level> levels = {{"debug", millrace::logging::Level::debug},
                                                                  {"info", millrace::logging::Level::info},
                                                                  {"warn", millrace::logging::Level::warn},
                                                                  {"error", millrace::logging::Level::error}};
  millrace::logging::set_level(levels.at(config.log_level));
  if (auto ok = server::serve(config); !ok) return failed(ok.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(about, "millrace");
  app.set_version_flag("--version", std::string(server::version));
  app.require_subcommand(1);

  auto* serve = app.add_subcommand("serve", "Serve a data directory");
  serve->footer(serve_footer);
  std::string file;
  serve->add_option("--config", file, "TOML file with these options")->type_name("FILE");
  std::map<std::string, std::string> given;
  for (const auto& key : server::keys()) {
    const std::string name(key.name);
    if (key.value.empty()) {
      serve->add_flag_callback(option_name(key.name), [&given, name] { given[name] = "true"; }, std::string(key.help));
    } else {
      serve
          ->add_option_function<std::string>(
              option_name(key.name), [&given, name](const std::string& value) { given[name] = value; },
              std::string(key.help))
          ->type_name(std::string(key.value));
    }
  }

  std::string directory;
  auto* check = app.add_subcommand("check", "Verify a data directory offline: every checksum, every reference");
  check->add_option("DIR", directory, "The data directory; the server must not be running")->required();
  auto* dump = app.add_subcommand("dump", "Print the journal and the segments of a data directory for people");
  dump->add_option("DIR", directory, "The data directory")->required();

  CLI11_PARSE(app, argc, argv);

  if (serve->parsed()) return run_serve(file, given);
  if (check->parsed()) {
    auto well = server::check_directory(directory);
    return !well ? failed(well.error()) : *well ? 0 : 2;
  }
  auto ok = server::dump_directory(directory);
  return ok ? 0 : failed(ok.error());
}

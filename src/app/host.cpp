#include "app/host.hpp"

#include <fstream>

#include <spdlog/spdlog.h>

#include "api/local_exchange.hpp"
#include "app/examine.hpp"
#include "app/factory.hpp"
#include "app/serve.hpp"
#include "app/story/story.hpp"
#include "app/version.hpp"
#include "app/vocabulary.hpp"
#include "extensions/graders/all.hpp"
#include "extensions/parsers/all.hpp"
#include "extensions/providers/all.hpp"

namespace millwright::app {

namespace {

class OpenFactory final : public cli::LocalFactory {
 public:
  explicit OpenFactory(std::unique_ptr<Factory> factory) : factory_(std::move(factory)) {}
  io::http::Response call(io::http::Request request, const std::function<void(std::string_view)>& on_piece,
                          std::stop_token stop) override {
    return api::dispatch_locally(*factory_->router, *factory_->runtime, std::move(request), on_piece, std::move(stop));
  }

 private:
  std::unique_ptr<Factory> factory_;
};

FactoryOptions options_of(const cli::Places& places, const std::string& program) {
  return {places.config, places.data, program, places.port};
}

}  // namespace

std::string own_program(const char* fallback) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string(fallback) : path.string();
}

cli::Host make_host(const std::string& program) {
  cli::Host host;
  host.version = version;
  host.serve = [program](const cli::Places& places) { return run_server(options_of(places, program)); };
  host.demo = [program](const cli::Places& places, bool stop_at_end) {
    return story::run_story(options_of(places, program), stop_at_end ? story::Ending::Stop : story::Ending::Serve);
  };
  host.sandbox_parse = []() {
    const auto parsers = extensions::make_parsers();
    return ingestion::run_parser_child(parsers);
  };
  host.open_local = [program](const cli::Places& places) -> Result<std::unique_ptr<cli::LocalFactory>> {
    set_up_logs("warn");
    auto factory = Factory::open(options_of(places, program));
    if (!factory) return pass(factory);
    return std::make_unique<OpenFactory>(std::move(*factory));
  };
  host.validate = [](const std::filesystem::path& file) -> config::Faults {
    const auto graders = extensions::make_graders();
    auto loaded = configuration::load_files(file, make_vocabulary(std::filesystem::absolute(file).parent_path(), graders));
    return loaded ? config::Faults() : std::move(loaded.error());
  };
  host.vocabulary = []() {
    const auto graders = extensions::make_graders();
    return cli::litellm::Vocabulary{make_vocabulary(".", graders).sections, gateway::facts_of(extensions::provider_kinds())};
  };
  host.examine = examine;
  host.config_schema = []() {
    const auto graders = extensions::make_graders();
    return config::render_json_schema(make_vocabulary(".", graders).sections);
  };
  return host;
}

}  // namespace millwright::app

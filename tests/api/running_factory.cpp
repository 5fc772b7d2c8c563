#include "tests/api/running_factory.hpp"

#include <stdexcept>

namespace millwright::test {

namespace {

constexpr std::string_view usual_config = R"(server: {listen: "127.0.0.1:0"}
teams: [{name: it}]
models: [{name: extractive, provider: builtin}]
routes: [{name: default, targets: [{model: extractive}]}]
use_cases:
  - {name: helpdesk, owner: it, risk_tier: T1, data_class: internal, route: default, aliases: [Vendor/Model-4]}
)";
constexpr std::string_view password = "correct horse battery";

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string name_of(identity::Role role) { return fmt::format("ada-{}", identity::role_name(role)); }

}  // namespace

RunningFactory::RunningFactory() : RunningFactory(usual_config) {}

void RunningFactory::open() {
  const auto file = directory_.path() / "millwright.yaml";
  factory_ = must(app::Factory::open({file, directory_.path() / "data", "/proc/self/exe", std::nullopt}));
  must(factory_->listen());
}

void RunningFactory::restart() {
  factory_.reset();
  open();
}

RunningFactory::RunningFactory(std::string_view config) {
  write_config(config);
  open();
  using enum identity::Role;
  for (const auto role : {Viewer, Approver, Owner, Admin}) {
    (void)must(factory_->users->create({name_of(role), std::string(password), role, {}, "it"}, "test"));
    tokens_[role] = sign_in(role).token;
  }
}

identity::NewSession RunningFactory::sign_in(identity::Role role) {
  return must(factory_->users->sign_in(name_of(role), password, "127.0.0.1"));
}

io::http::Response RunningFactory::ask(Ask ask) {
  io::http::Origin origin;
  origin.host = "127.0.0.1";
  origin.port = factory_->server->port();
  io::http::ClientRequest request{ask.method, std::move(ask.path), std::move(ask.headers), std::move(ask.body)};
  return must(io::http::fetch_blocking(origin, std::move(request), std::chrono::seconds(30)));
}

io::http::Response RunningFactory::ask_as(std::string_view token, io::http::Method method, std::string path,
                                          std::string body) {
  Ask one{method, std::move(path), {}, std::move(body)};
  if (!token.empty()) one.headers.set("authorization", fmt::format("Bearer {}", token));
  return ask(std::move(one));
}

}  // namespace millwright::test

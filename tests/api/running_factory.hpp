// A factory that serves on a free port, for black-box tests of the control API.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "app/factory.hpp"
#include "io/http/client.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::test {

struct Ask {
  io::http::Method method = io::http::Method::Get;
  std::string path;
  io::http::Headers headers;
  std::string body;
};

class RunningFactory {
 public:
  /// Throws std::runtime_error, which fails the test, when it cannot start. One account a role: "ada-<role>".
  RunningFactory();
  /// The same with a configuration of the test's own.
  explicit RunningFactory(std::string_view config);
  /// What the next reload or restart reads.
  void write_config(std::string_view config) const { (void)directory_.write("millwright.yaml", config); }
  /// Ends the factory and starts another over the same data.
  void restart();
  [[nodiscard]] app::Factory& factory() { return *factory_; }
  [[nodiscard]] io::http::Response ask(Ask ask);
  [[nodiscard]] io::http::Response ask_as(std::string_view token, io::http::Method method, std::string path,
                                          std::string body = {});
  /// Session token of a person with this role.
  [[nodiscard]] const std::string& token(identity::Role role) const { return tokens_.at(role); }
  /// A fresh one, for tests that end it.
  [[nodiscard]] identity::NewSession sign_in(identity::Role role);

 private:
  void open();

  TempDirectory directory_;
  std::unique_ptr<app::Factory> factory_;
  std::map<identity::Role, std::string> tokens_;
};

}  // namespace millwright::test

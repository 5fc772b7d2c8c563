// Sections that use every kind of option: for tests and the fuzzer.
#pragma once

#include "base/config/spec.hpp"

namespace millwright::config {

inline std::vector<Section> sample_sections() {
  auto server = object("The server.", {
      {"listen", option(Kind::Text, "Address.").fallback("127.0.0.1:8080").between(3, 100).restart()},
      {"durability", choice("What a commit survives.", {"process", "power"}).fallback("process")},
      {"grace", option(Kind::Duration, "Grace.").fallback("30s").between(0, 600'000)},
      {"body", option(Kind::Size, "Largest body.").fallback("8MiB").between(1024, 1 << 30)},
      {"threads", option(Kind::Integer, "Threads.").fallback("0").between(0, 256)},
      {"ratio", option(Kind::Real, "Ratio.").fallback("0.5").between(0, 1)},
      {"debug", option(Kind::Boolean, "Debug.").fallback("false")},
      {"tls", object("TLS.", {{"certificate", option(Kind::Text, "PEM.").required()},
                              {"key", option(Kind::Text, "PEM.").required()}})},
  });
  auto budget = object("Budget.", {
      {"limit", option(Kind::Money, "Limit.").required()},
      {"alerts", list_of("Alerts in percent.", option(Kind::Integer, "Percent.").between(1, 100)).fallback("[50, 75, 90]")},
  });
  auto provider = object("A provider.", {
      {"name", option(Kind::Name, "Name.").required()},
      {"api_key", option(Kind::Secret, "Key.")},
      {"price", option(Kind::UnitPrice, "Price.")},
      {"expires", option(Kind::Date, "Until.")},
      {"budget", budget},
      {"headers", map_of("Headers.", option(Kind::Text, "Value."))},
      {"region", option(Kind::Text, "Region.").nullable()},
  });
  return {{"server", server},
          {"providers", list_of("Providers.", provider).between(0, 50)},
          {"labels", map_of("Labels.", option(Kind::Name, "Label."))}};
}

}  // namespace millwright::config

// The server, the demonstration, and the hidden verb of sandboxed children.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<Places> places_of(Context& context, const Arguments& arguments) {
  auto places = context.target().places;
  auto port = arguments.integer("--port");
  if (!port) return pass(port);
  if (*port) {
    if (**port < 0 || **port > 65535) return fail(ErrorCode::InvalidInput, "--port takes a number from 0 to 65535");
    places.port = static_cast<std::uint16_t>(**port);
  }
  return places;
}

Result<int> serve(Context& context, const Arguments& arguments) {
  auto places = places_of(context, arguments);
  if (!places) return pass(places);
  return context.host().serve(*places);
}

Result<int> demo(Context& context, const Arguments& arguments) {
  auto places = places_of(context, arguments);
  if (!places) return pass(places);
  return context.host().demo(*places, arguments.has("--exit"));
}

Result<int> sandbox_parse(Context& context, const Arguments&) { return context.host().sandbox_parse(); }

}  // namespace

Commands serve_commands() {
  Commands commands{
      {"serve", "", "Run the server in the foreground.",
       {value("--port", "Port instead of the configuration's; 0: any free one.")},
       {"millwright serve --config /etc/millwright/millwright.yaml --data /var/lib/millwright"}, serve},
      {"demo", "", "Tell the story of one use case from source to cost, then serve.",
       {value("--port", "Port instead of the configuration's; 0: any free one."),
        flag("--exit", "End after the story, with its exit code.")},
       {"millwright demo --config examples/helpdesk/millwright.yaml"}, demo},
  };
  commands.push_back({"sandbox-parse", "", "Parse documents on standard input (started by the server).", {}, {},
                      sandbox_parse, true});
  return commands;
}

}  // namespace millwright::cli

// Version, completions and the man page.
#include "cli/context.hpp"
#include "cli/help.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<int> version(Context& context, const Arguments&) {
  context.out().json(json::object{{"version", context.host().version}});
  context.out().line("millwright " + context.host().version);
  return 0;
}

Result<int> completion(Context& context, const Arguments& arguments) {
  context.out().raw(render_completion(context.commands(), arguments.text("SHELL")));
  return 0;
}

Result<int> man(Context& context, const Arguments&) {
  context.out().raw(render_man(context.commands(), context.host().version));
  return 0;
}

}  // namespace

Commands shell_commands() {
  auto shell = positional("SHELL", "bash, zsh or fish.");
  shell.choices = {"bash", "zsh", "fish"};
  return {
      {"version", "", "Print the version.", {}, {}, version},
      {"completion", "", "Print a completion script.", {shell}, {"millwright completion bash > /etc/bash_completion.d/millwright"},
       completion},
      {"man", "", "Print the man page.", {}, {"millwright man | man -l -"}, man},
  };
}

}  // namespace millwright::cli

// The program: one executable that is server, command line and sandboxed child.
#include "app/host.hpp"
#include "cli/run.hpp"

int main(int count, char** arguments) {
  const auto program = millwright::app::own_program(arguments[0]);
  return millwright::cli::run(count, arguments, millwright::app::make_host(program));
}

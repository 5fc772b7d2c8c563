// What only the start of the server needed goes back to the system.
#pragma once

namespace millwright::app {

/// Free memory of the heap, and the pages of code and constants that were read so far: those that serving needs come
/// back from the page cache at their first use, the others no longer count as this process's.
void give_back_start_memory();

}  // namespace millwright::app

// Moving an object between a file and the console. It has one owner before and one after, and says the same.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "features/configuration/configuration.hpp"
#include "features/configuration/sources.hpp"

namespace millwright::configuration {

/// The console takes over an object of a file. NotFound with the nearest name; Conflict when it is the console's
/// already or no item of a list. `files` as they are on disk.
[[nodiscard]] Result<Edit> make_adoption(std::string_view id, const Loaded& current, const Texts& files,
                                         const std::vector<config::Section>& sections);
/// The console gives an object to the file `key`, which is made when it is missing. Conflict when a file owns it.
[[nodiscard]] Result<Edit> make_release(std::string_view id, const std::string& key, const Loaded& current,
                                        const Texts& files, const std::map<std::string, std::string>& console);
/// A move changes the owner of that object and nothing else.
[[nodiscard]] Result<void> check_is_move(const Plan& plan, std::string_view id);

}  // namespace millwright::configuration

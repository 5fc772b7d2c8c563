// The language of a text, for routes that depend on it: by its script, else by its commonest words.
#pragma once

#include <string_view>

namespace millwright::gateway {

/// ISO 639-1 code, or empty when the text is too short or says too little. Reads the first 2,000 bytes at most.
/// Known: by script ru, uk, el, he, ar, hi, th, ko, ja, zh; by words en, de, fr, es, it, pt, nl, pl, cs, sv, da, fi,
/// tr.
[[nodiscard]] std::string_view language_of(std::string_view text);

}  // namespace millwright::gateway

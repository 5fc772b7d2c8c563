#include "features/gateway/language.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t read_bytes_max = 2'000;

struct Script {
  char32_t from, to;
  std::string_view language;
};
constexpr std::array scripts{Script{0x0370, 0x03ff, "el"}, Script{0x0400, 0x052f, "ru"}, Script{0x0590, 0x05ff, "he"},
                             Script{0x0600, 0x06ff, "ar"}, Script{0x0900, 0x097f, "hi"}, Script{0x0e00, 0x0e7f, "th"},
                             Script{0x3040, 0x30ff, "ja"}, Script{0x4e00, 0x9fff, "zh"}, Script{0xac00, 0xd7af, "ko"}};

struct Words {
  std::string_view language;
  std::string_view list;  // between blanks; none of them says much in two of these languages at once
};
constexpr std::array words{
    Words{"en",
          " the and of to is that it for you with this are have not what how from can my please does i we your when "
          "which "},
    Words{"de",
          " der die das und ist nicht ein eine ich mit für auf wie sie wir den von zu im bitte kann mein meine es dem "
          "wird oder "},
    Words{"fr",
          " le la les et est un une des pour que qui dans pas je vous nous avec sur ce cette mon ma comment du au sont "
          "il "},
    Words{"es", " el los las y es un una que por para con no como se mi está qué cómo del en lo su pero más puedo yo "},
    Words{"it",
          " il lo gli e è un una che per con non come mi di del della sono questo posso nel alla anche più ho si "},
    Words{"pt", " o os as e é um uma que para com não como em do da dos eu você por meu minha está posso mais são ao "},
    Words{"nl",
          " de het een en is niet ik van met voor op hoe zijn dat wat kan mijn je wij naar er aan ook te heb deze "},
    Words{"pl", " i w nie na się jest to jak z do że mój czy o dla moje co proszę mam być ten po jestem gdzie "},
    Words{"cs", " a se je na v že to jak s do pro můj jsem prosím není mám který co jsou ale být kde "},
    Words{"sv", " och är att det en jag inte som på för med hur kan min av till den ett vi vad har från om "},
    Words{"da", " og er at det en jeg ikke som på for med hvordan kan min af til den et vi hvad har fra om "},
    Words{"fi", " ja on ei se että minun miten voin olen mikä kun tai mutta ovat tämä missä minä oli myös "},
    Words{"tr", " ve bir bu için ile ne nasıl değil ben benim mi mı var çok olarak daha gibi lütfen "}};

/// Code points of a valid or broken UTF-8 text; what is broken counts as U+FFFD.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  char32_t point = lead & (0x3fu >> more);
  for (int i = 0; i < more; ++i) {
    if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xc0u) != 0x80) return 0xfffd;
    point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  }
  return more == 0 ? 0xfffd : point;
}

struct Letters {
  std::array<std::size_t, scripts.size()> by_script{};
  std::size_t latin = 0, all = 0, ukrainian = 0;
};

Letters count_letters(std::string_view text) {
  Letters letters;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = next_code_point(text, at);
    const bool is_latin = (point | 0x20u) >= 'a' && (point | 0x20u) <= 'z' && point < 0x80;
    if (is_latin || (point >= 0x00c0 && point <= 0x024f)) {
      ++letters.latin;
      ++letters.all;
      continue;
    }
    const auto* script =
        std::ranges::find_if(scripts, [&](const Script& each) { return point >= each.from && point <= each.to; });
    if (script == scripts.end()) continue;
    ++letters.by_script[static_cast<std::size_t>(script - scripts.begin())];
    ++letters.all;
    if (point == 0x0456 || point == 0x0457 || point == 0x0454 || point == 0x0491) ++letters.ukrainian;
  }
  return letters;
}

/// Lower case of ASCII letters, everything but letters as one blank.
std::string plain_words(std::string_view text) {
  std::string plain = " ";
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    const bool is_letter = byte >= 0x80 || (byte | 0x20u) - 'a' < 26u;
    if (is_letter)
      plain += byte < 0x80 ? static_cast<char>(byte | 0x20u) : each;
    else if (plain.back() != ' ')
      plain += ' ';
  }
  if (plain.back() != ' ') plain += ' ';
  return plain;
}

std::string_view language_by_words(std::string_view text) {
  const auto plain = plain_words(text);
  std::array<std::size_t, words.size()> hits{};
  for (std::size_t start = 0; start + 1 < plain.size();) {
    const auto end = plain.find(' ', start + 1);
    const std::string_view word(plain.data() + start, end - start + 1);  // with its blanks
    for (std::size_t i = 0; i < words.size(); ++i)
      hits[i] += words[i].list.find(word) != std::string_view::npos ? 1 : 0;
    start = end;
  }
  const auto best = std::ranges::max_element(hits);
  const auto is_tied = std::ranges::count(hits, *best) > 1;
  return *best < 2 || is_tied ? std::string_view() : words[static_cast<std::size_t>(best - hits.begin())].language;
}

}  // namespace

std::string_view language_of(std::string_view text) {
  text = utf8_prefix(text, read_bytes_max);
  const auto letters = count_letters(text);
  if (letters.all == 0) return {};
  const auto index_of = [](std::string_view language) {
    return static_cast<std::size_t>(std::ranges::find(scripts, language, &Script::language) - scripts.begin());
  };
  // Japanese mixes its own letters with Chinese characters; a few of them decide.
  const auto kana = letters.by_script[index_of("ja")];
  if (kana > 0 && 2 * (kana + letters.by_script[index_of("zh")]) > letters.all) return "ja";
  const auto most = std::ranges::max_element(letters.by_script);
  if (2 * *most > letters.all) {
    const auto language = scripts[static_cast<std::size_t>(most - letters.by_script.begin())].language;
    return language == "ru" && letters.ukrainian > 0 ? "uk" : language;
  }
  return 2 * letters.latin > letters.all ? language_by_words(text) : std::string_view();
}

}  // namespace millwright::gateway

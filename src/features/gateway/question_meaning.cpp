#include "features/gateway/question_meaning.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "features/gateway/function_words.hpp"
#include "features/gateway/question_words.hpp"

namespace millwright::gateway {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 33> number_words{
    {{"two", "2"},   {"three", "3"},  {"four", "4"},    {"five", "5"},    {"six", "6"},  {"seven", "7"}, {"eight", "8"},
     {"nine", "9"},  {"ten", "10"},   {"eleven", "11"}, {"twelve", "12"}, {"zwei", "2"}, {"drei", "3"},  {"vier", "4"},
     {"fünf", "5"},  {"sechs", "6"},  {"sieben", "7"},  {"acht", "8"},    {"neun", "9"}, {"zehn", "10"}, {"deux", "2"},
     {"trois", "3"}, {"quatre", "4"}, {"cinq", "5"},    {"sept", "7"},    {"huit", "8"}, {"neuf", "9"},  {"dos", "2"},
     {"tres", "3"},  {"cuatro", "4"}, {"cinco", "5"},   {"siete", "7"},   {"ocho", "8"}}};

// What one of two questions says and the other does not is a difference.
constexpr std::string_view fixed_words =
    " all any every each both some few many most only half double once twice dozen hundred thousand million billion "
    "more less fewer least max min maximum minimum best worst always sometimes rarely "
    "first second third last next previous latest newest oldest current former "
    "today tomorrow yesterday tonight now daily weekly monthly quarterly yearly annual annually hourly "
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday weekend morning evening night "
    "spring summer autumn winter day days week weeks month months quarter year years hour hours minute minutes "
    "before after over under above below within until since during between versus vs against instead except "
    "must should shall need required mandatory optional "
    "alle jeder jede jedes einige wenige viele meisten nur halb doppelt einmal zweimal hundert tausend mehr weniger "
    "erste ersten zweite zweiten letzte letzten nächste nächsten vorige heute morgen gestern jetzt täglich "
    "wöchentlich monatlich jährlich januar februar märz mai juni juli oktober dezember montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag tag tage woche wochen monat monate jahr jahre stunde stunden minuten vor nach "
    "über unter bis seit während gegen statt außer muss müssen soll sollen darf dürfen "
    "tous toutes chaque quelques plus moins premier première dernier dernière prochain prochaine demain hier "
    "aujourd janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi "
    "jeudi vendredi samedi dimanche jour jours semaine semaines mois année ans heure heures avant après depuis "
    "pendant contre dois doit faut "
    "todos todas cada algunos más menos primero primera último última próximo próxima hoy mañana ayer enero febrero "
    "marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes "
    "sábado domingo día días semana semanas mes meses año años hora horas antes después desde hasta contra debo debe ";

struct Axis {
  std::string_view one, other;
};
constexpr std::array<Axis, QuestionFacts::axes> axes{
    {{" enable enabled enabling activate activated on allow allowed permit unlock unblock grant aktivieren "
      "einschalten erlauben entsperren activer autoriser activar permitir ",
      " disable disabled disabling deactivate deactivated off deny denied forbid forbidden block lock revoke aus "
      "deaktivieren ausschalten verbieten sperren désactiver interdire desactivar prohibir "},
     {" start starts begin open opens launch connect login join subscribe install enter öffnen starten beginnen "
      "anmelden ouvrir commencer abrir empezar ",
      " stop stops end close closes quit disconnect logout unsubscribe uninstall exit schließen stoppen beenden "
      "abmelden fermer arrêter cerrar terminar "},
     {" add create insert hire new hinzufügen anlegen erstellen ajouter créer añadir crear ",
      " delete remove erase fire drop löschen entfernen supprimer retirer eliminar borrar quitar "},
     {" increase raise up upgrade higher grow more erhöhen augmenter aumentar subir ",
      " decrease lower down downgrade reduce shrink less senken verringern réduire diminuer reducir bajar "},
     {" buy purchase kaufen acheter comprar ", " sell verkaufen vendre vender "},
     {" import upload send lend encrypt push importieren hochladen senden verschlüsseln importer envoyer importar "
      "enviar ",
      " export download receive borrow decrypt pull exportieren herunterladen empfangen entschlüsseln exporter "
      "recevoir exportar recibir "},
     {" internal inside inbound incoming input intern ", " external outside outbound outgoing output extern "},
     {" cheap cheaper cheapest early earliest fast faster fastest short shorter shortest small smallest ",
      " expensive dearer dearest late latest slow slower slowest long longer longest large largest big biggest "},
     {" accept approve confirm pass success successful succeed ", " reject decline refuse fail failed failure "},
     {" public online active valid male employee ", " private offline inactive invalid female contractor "}}};

constexpr double number_max = 1e12;  // of a vector
constexpr double rounding = 1e-5;    // of a product of two vectors

constexpr std::uint8_t asks_person = 1, asks_time = 2, asks_place = 4, asks_reason = 8, asks_quantity = 16,
                       asks_whether = 32;

struct Asking {
  std::string_view words;
  std::uint8_t bit;
};
constexpr std::array<Asking, 5> askings{{{" who whom whose wer wem wen wessen qui quién quiénes ", asks_person},
                                         {" when wann quand cuándo ", asks_time},
                                         {" where wo wohin woher où dónde ", asks_place},
                                         {" why warum wieso weshalb pourquoi ", asks_reason},
                                         {" combien cuánto cuántos cuántas wieviel wieviele ", asks_quantity}}};

std::string_view number_of(std::string_view word) {
  const auto found = std::ranges::find(number_words, word, &std::pair<std::string_view, std::string_view>::first);
  return found == number_words.end() ? std::string_view() : found->second;
}

/// An abbreviation, whatever its case: no language writes a word of its own without a vowel.
bool is_abbreviation(std::string_view folded) {
  if (folded.size() < 2) return false;
  return std::ranges::all_of(folded, [](char letter) {
    return letter >= 'a' && letter <= 'z' && std::string_view("aeiouy").find(letter) == std::string_view::npos;
  });
}

void note_poles(QuestionFacts& facts, std::string_view word) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (is_listed(axes[i].one, word)) facts.poles[i] |= 1;
    if (is_listed(axes[i].other, word)) facts.poles[i] |= 2;
  }
}

void note_asking(QuestionFacts& facts, const std::vector<QuestionWord>& words, std::size_t at) {
  const auto& word = words[at].folded;
  if (at == 0 && is_whether_word(word)) facts.asks |= asks_whether;
  for (const auto& asking : askings) {
    if (is_listed(asking.words, word)) facts.asks |= asking.bit;
  }
  if ((word == "how" || word == "wie") && at + 1 < words.size() &&
      is_listed(" many much long often far old viel viele lange oft weit alt ", words[at + 1].folded)) {
    facts.asks |= asks_quantity;
  }
}

bool has_word(const QuestionFacts& facts, std::string_view name) {
  return std::ranges::find(facts.words, name) != facts.words.end();
}

/// "install" and "uninstall", "secure" and "insecure".
bool is_prefixed_opposite(std::string_view word, std::string_view longer) {
  for (const std::string_view prefix : {"un", "in", "im", "dis", "de", "non", "ent"}) {
    if (longer.size() == word.size() + prefix.size() && longer.starts_with(prefix) && longer.ends_with(word))
      return true;
  }
  return false;
}

/// Whether `b` has the opposite of a word of `a`, and neither has both.
bool has_prefixed_opposite(const QuestionFacts& a, const QuestionFacts& b) {
  return std::ranges::any_of(a.words, [&](const std::string& word) {
    return word.size() > 3 && !has_word(b, word) && std::ranges::any_of(b.words, [&](const std::string& other) {
             return is_prefixed_opposite(word, other) && !has_word(a, other);
           });
  });
}

/// Words of `a` that `b` has too, each once, in the order of `a`.
std::vector<std::string_view> shared_words(const QuestionFacts& a, const QuestionFacts& b) {
  std::vector<std::string_view> shared;
  for (const auto& word : a.words) {
    if (has_word(b, word) && std::ranges::find(shared, word) == shared.end()) shared.push_back(word);
  }
  return shared;
}

/// Words of `a` that `b` has in no form.
std::size_t words_missing(const QuestionFacts& a, const QuestionFacts& b) {
  return static_cast<std::size_t>(std::ranges::count_if(a.words, [&b](const std::string& word) {
    return std::ranges::none_of(b.words, [&word](const std::string& other) { return is_one_word(word, other); });
  }));
}

Error unusable(std::string_view why) {
  return fail(ErrorCode::UpstreamFailed, "the embedding model answered with {}", why).error();
}

/// Base64 of little-endian floats.
Result<Embedding> unpack(std::string_view text) {
  auto bytes = from_base64(text);
  if (!bytes || bytes->size() % 4 != 0) return std::unexpected(unusable("base64 that holds no floats"));
  Embedding vector(bytes->size() / 4);
  for (std::size_t i = 0; i < vector.size(); ++i) {
    std::uint32_t bits = 0;
    for (std::size_t k = 4; k-- > 0;) bits = bits << 8 | static_cast<unsigned char>((*bytes)[4 * i + k]);
    vector[i] = std::bit_cast<float>(bits);
  }
  return vector;
}

}  // namespace

Result<Embedding> read_embedding(const json::object& answer) {
  const auto* data = find_member(answer, "data");
  const auto* list = data != nullptr ? data->if_array() : nullptr;
  const auto* first = list != nullptr && !list->empty() ? list->front().if_object() : nullptr;
  const auto* found = first != nullptr ? find_member(*first, "embedding") : nullptr;
  if (found == nullptr) return std::unexpected(unusable("no vector"));
  Embedding vector;
  if (const auto* text = found->if_string()) {
    if (text->size() > embedding_dimensions_max * 6) return std::unexpected(unusable("a vector that is too long"));
    auto unpacked = unpack(std::string_view(*text));
    if (!unpacked) return unpacked;
    vector = std::move(*unpacked);
  } else if (const auto* numbers = found->if_array();
             numbers != nullptr && numbers->size() <= embedding_dimensions_max) {
    vector.reserve(numbers->size());
    for (const auto& number : *numbers) {
      const auto value = number.is_number() ? number.to_number<double>() : std::numeric_limits<double>::max();
      if (std::abs(value) > number_max)
        return std::unexpected(unusable("a vector that holds what is no number of one"));
      vector.push_back(static_cast<float>(value));
    }
  } else {
    return std::unexpected(unusable(numbers == nullptr ? "no vector" : "a vector that is too long"));
  }
  if (vector.size() > embedding_dimensions_max) return std::unexpected(unusable("a vector that is too long"));
  double sum = 0;
  for (const auto value : vector) sum += static_cast<double>(value) * static_cast<double>(value);
  if (!std::isfinite(sum) || sum <= 0) return std::unexpected(unusable("a vector without a direction"));
  const auto scale = 1 / std::sqrt(sum);
  for (auto& value : vector) value = static_cast<float>(static_cast<double>(value) * scale);
  return vector;
}

double likeness(const Embedding& a, const Embedding& b) {
  if (a.size() != b.size() || a.empty()) return 0;
  constexpr std::size_t lanes = 16;  // sums of their own, so that the loop may run in vector registers
  std::array<float, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= a.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  double sum = 0;
  for (const auto part : sums) sum += static_cast<double>(part);
  return sum > 1 - rounding ? 1.0 : std::max(sum, 0.0);
}

std::size_t QuestionFacts::bytes() const {
  std::size_t sum = sizeof *this;
  for (const auto* list : {&numbers, &names, &fixed, &words}) {
    for (const auto& word : *list) sum += sizeof word + word.capacity();
  }
  return sum;
}

QuestionFacts facts_of(std::string_view question, std::span<const std::string> names) {
  QuestionFacts facts;
  const auto words = question_words(question);
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto& word = words[at];
    note_asking(facts, words, at);
    const auto number = word.is_number ? std::string_view(word.folded) : number_of(word.folded);
    if (!number.empty()) {
      facts.numbers.emplace_back(number);
      continue;
    }
    if (is_negation(word.folded)) {
      facts.negations = static_cast<std::uint8_t>(std::min(facts.negations + 1, 255));
      continue;
    }
    facts.has_direction |= is_direction_word(word.folded);
    note_poles(facts, word.folded);
    if (is_listed(fixed_words, word.folded)) facts.fixed.push_back(word.folded);
    const bool is_named = std::ranges::find(names, word.folded) != names.end();
    if (!is_named && (is_neutral_word(word.folded) || is_question_word(word.folded))) continue;
    facts.words.push_back(word.folded);
    if (is_named || word.is_capital || is_abbreviation(word.folded)) facts.names.push_back(word.folded);
  }
  for (auto* list : {&facts.names, &facts.fixed}) {
    std::ranges::sort(*list);
    const auto twice = std::ranges::unique(*list);
    list->erase(twice.begin(), twice.end());
  }
  return facts;
}

std::string_view what_differs(const QuestionFacts& a, const QuestionFacts& b) {
  if (a.numbers != b.numbers) return "numbers";
  if (a.negations != b.negations) return "negation";
  if (a.asks != b.asks) return "question";
  const auto lacks = [](const QuestionFacts& one, const QuestionFacts& other) {
    return std::ranges::any_of(one.names, [&other](const std::string& name) { return !has_word(other, name); });
  };
  if (lacks(a, b) || lacks(b, a)) return "names";
  if (a.fixed != b.fixed) return "quantities";
  for (std::size_t i = 0; i < a.poles.size(); ++i) {
    if (a.poles[i] != 0 && b.poles[i] != 0 && a.poles[i] != b.poles[i]) return "opposites";
  }
  if (has_prefixed_opposite(a, b) || has_prefixed_opposite(b, a)) return "opposites";
  if ((a.has_direction || b.has_direction) && shared_words(a, b) != shared_words(b, a)) return "order";
  return "";
}

bool is_one_word_apart(const QuestionFacts& a, const QuestionFacts& b) {
  if (a.words.size() != b.words.size() || a.words.size() < 2) return false;
  return words_missing(a, b) == 1 && words_missing(b, a) == 1;
}

double weighed_likeness(double likeness, const QuestionFacts& a, const QuestionFacts& b) {
  return is_one_word_apart(a, b) ? std::max(0.0, 2 * likeness - 1) : likeness;
}

}  // namespace millwright::gateway

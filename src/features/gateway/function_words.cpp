#include "features/gateway/function_words.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "features/gateway/text_units.hpp"

namespace millwright::gateway {
namespace {

constexpr std::string_view list =
    // English
    "a about above after again all also am an and any are as at be because been before being below between both but by "
    "can could did do does doing down during each few for from further get give had has have having he her here hers "
    "him "
    "his how i if in into is it its itself just let like me more most my myself need of off on once only or other our "
    "ours out over own please same she should so some such tell than that the their them then there these they this "
    "those "
    "through to too under until up us very want was we were what when where which while who whom whose why will with "
    "would you your yours "
    // German
    "aber als am auch auf aus bei bin bis bitte da damit das dass dem den der des die dies diese dieser dieses doch du "
    "durch ein eine einem einen einer eines er es für haben hat hatte ich ihr ihre im in ist ja kann können man mein "
    "meine "
    "mich mir mit muss nach noch nur ob oder sein seine sich sie sind so um und uns unser von vor wann warum was "
    "welche "
    "welcher welches wenn wer werden wie wir wird wo wurde zu zum zur "
    // French
    "au aux avec ce ces cette comment dans de des du elle en est et être il ils je la le les leur lui ma mais me mes "
    "mon "
    "nous on ont ou où par pas pour pourquoi quand que quel quelle qui sa se ses son sont sur ta te tes ton tu un une "
    "vos "
    "votre vous y à ça "
    // Spanish, Italian, Portuguese, Dutch
    "al como con cual cuando cómo del el ella en entre era es esta este está fue ha hay la las lo los mi muy más o "
    "para "
    "pero por porque que qué se ser si sobre son su sus te tu un una y ya che chi come cosa da dal del della di dove e "
    "gli "
    "il io le ma mi nel nella per perché quale quando questo questa sono ao aos com da das dos e em essa esse isso "
    "mais "
    "mas na nas no nos não o os ou pela pelo quem são um uma aan als bij dat de die deze dit een en er het hoe ik in "
    "is "
    "je kan maar met mijn naar niet of om ook op te tot uit van voor waar wat wel wie wij zijn zo";

constexpr std::array<std::string_view, 40> negations{
    "not",   "no",   "non",    "never",   "none",   "nor",    "neither", "without", "cannot",  "n't",
    "t",     "kein", "keine",  "keinen",  "keiner", "keinem", "nicht",   "nie",     "niemals", "ohne",
    "ne",    "pas",  "jamais", "sans",    "aucun",  "aucune", "jamás",   "nunca",   "sin",     "ningún",
    "senza", "mai",  "nessun", "nessuno", "não",    "sem",    "nem",     "niet",    "geen",    "zonder"};

const std::vector<std::uint64_t>& function_words() {
  static const std::vector<std::uint64_t> hashes = [] {
    auto found = word_hashes(list);
    std::ranges::sort(found);
    return found;
  }();
  return hashes;
}

}  // namespace

bool is_function_word(std::uint64_t hash) { return std::ranges::binary_search(function_words(), hash); }

bool is_negation(std::string_view folded_word) { return std::ranges::find(negations, folded_word) != negations.end(); }

}  // namespace millwright::gateway

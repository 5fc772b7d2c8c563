#include "features/gateway/language.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

struct Row {
  const char* language;
  const char* text;
};
class Languages : public testing::TestWithParam<Row> {};

TEST_P(Languages, AreRecognised) { EXPECT_EQ(language_of(GetParam().text), GetParam().language) << GetParam().text; }

INSTANTIATE_TEST_SUITE_P(
    Rows, Languages,
    testing::Values(Row{"en", "How do I reset the password of my account?"},
                    Row{"de", "Wie kann ich mein Passwort zurücksetzen? Es ist dringend."},
                    Row{"fr", "Comment puis-je changer le mot de passe de mon compte ?"},
                    Row{"es", "¿Cómo puedo cambiar la contraseña de mi cuenta?"},
                    Row{"it", "Come posso cambiare la password del mio account?"},
                    Row{"pt", "Como posso mudar a senha da minha conta?"},
                    Row{"nl", "Hoe kan ik het wachtwoord van mijn account wijzigen?"},
                    Row{"pl", "Jak mogę zmienić hasło do mojego konta, proszę? Czy to jest możliwe?"},
                    Row{"cs", "Jak můžu změnit heslo, prosím? Není to můj účet."},
                    Row{"sv", "Hur kan jag ändra lösenordet? Jag är inte säker och det är bråttom från min sida."},
                    Row{"da", "Hvordan kan jeg ændre adgangskoden? Jeg er ikke sikker."},
                    Row{"fi", "Miten voin vaihtaa salasanan? Minun tili ei toimi, mutta se on tärkeä."},
                    Row{"tr", "Bu hesap için parola nasıl değiştirilir? Bir sorun var mı?"},
                    Row{"ru", "Как мне сменить пароль?"}, Row{"uk", "Як мені змінити пароль? Дякую, її немає."},
                    Row{"el", "Πώς αλλάζω τον κωδικό;"}, Row{"he", "איך אני משנה סיסמה"},
                    Row{"ar", "كيف أغير كلمة المرور"}, Row{"hi", "मैं पासवर्ड कैसे बदलूं"},
                    Row{"th", "ฉันจะเปลี่ยนรหัสผ่านได้อย่างไร"}, Row{"ko", "비밀번호를 어떻게 바꾸나요"},
                    Row{"ja", "パスワードを変更する方法"}, Row{"zh", "如何更改密码"}, Row{"", ""},
                    Row{"", "1234 -- !!"}, Row{"", "ERR_CONNECTION_RESET 0x80070005"},
                    Row{"", "\xff\xfe\xf0\x9f broken"}));

}  // namespace
}  // namespace millwright::gateway

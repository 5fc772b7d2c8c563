#include "features/gateway/audio_length.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millwright::gateway {
namespace {

std::string little(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

/// 16 kHz, one channel, 16 bit: 32 bytes a millisecond.
std::string wav(std::size_t data, std::uint32_t claimed, std::uint32_t format = 1, std::uint32_t samples = 16'000) {
  std::string text = "RIFF" + little(36 + claimed, 4) + "WAVE";
  text += "LIST" + little(3, 4) + "abc" + std::string(1, '\0');  // of odd size, padded
  text += "fmt " + little(16, 4) + little(format, 2) + little(1, 2) + little(samples, 4) + little(32'000, 4) +
          little(2, 2) + little(16, 2);
  return text + "data" + little(claimed, 4) + std::string(data, 'x');
}

TEST(WavLength, IsWhatIsThereWhateverTheHeaderPromises) {
  EXPECT_EQ(wav_length_ms(wav(48'000, 48'000)), 1'500);
  EXPECT_EQ(wav_length_ms(wav(48'000, 1)), 1'500);
  EXPECT_EQ(wav_length_ms(wav(48'000, 0xffffffff)), 1'500);
  EXPECT_EQ(wav_length_ms(wav(0, 0)), 0);
}

TEST(WavLength, OfOtherFilesIsNotKnown) {
  EXPECT_FALSE(wav_length_ms("ID3"));
  EXPECT_FALSE(wav_length_ms("RIFF\0\0\0\0AVI fmt "));
  EXPECT_FALSE(wav_length_ms(wav(100, 100, 85))) << "MP3 in a WAV";
  EXPECT_FALSE(wav_length_ms(wav(100, 100, 1, 4'000'000'000))) << "a rate to make it short";
  for (std::size_t cut = 0; cut < 60; ++cut) (void)wav_length_ms(std::string_view(wav(0, 0)).substr(0, cut));
}

TEST(AudioLengthMax, HoldsForTheThinnestCodecs) {
  EXPECT_GE(audio_length_ms_max(std::string(600, 'x')), 1'000);  // 4.8 kbit/s
}

}  // namespace
}  // namespace millwright::gateway

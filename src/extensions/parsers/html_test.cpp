#include "extensions/parsers/html.hpp"

#include <gtest/gtest.h>

#include "extensions/parsers/html_hidden.hpp"
#include "extensions/parsers/testing.hpp"

namespace millwright::extensions {
namespace {

using test::outline;
using test::Story;

TEST(HtmlParser, KeepsStructureAndDropsBoilerplate) {
  const std::string filler = "<p>one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen</p>";
  const std::string kept = "p one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen\n";
  const std::vector<Story> stories{
      {"headings and paragraphs", "<h1>A</h1><p>b <b>c</b></p><h3>D</h3>" + filler, "h1 A\np b c\nh3 D\n" + kept},
      {"navigation goes", "<nav><a>Home</a></nav>" + filler + "<footer>imprint</footer>", kept},
      {"named boilerplate goes", "<div class='x navheader'>Prev</div><div id=toc>List</div>" + filler, kept},
      {"outside main goes", "<p>ad</p><main>" + filler + "</main><p>ad</p>", kept},
      {"a sidebar stays", "<div class=sidebar><p>Note</p></div>" + filler, "p Note\n" + kept},
      {"lists", "<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul>" + filler, "li a\nli b\nli c\n" + kept},
      {"tables", "<table><tr><th>k</th><th>v</th></tr><tr><td>a</td><td><p>1</p></td></tr></table>" + filler,
       "table k | v\na | 1\n" + kept},
      {"layout tables dissolve", "<table><tr><td><h2>T</h2></td><td><p>x</p></td></tr></table>" + filler, "h2 T\np x\n" + kept},
      {"code keeps its lines", "<pre>a\n  b</pre>" + filler, "code a\n  b\n" + kept},
      {"quotes", "<blockquote><p>q</p></blockquote>" + filler, "quote q\n" + kept},
      {"scripts and comments go", "<script>x()</script><!-- c --><style>p{}</style>" + filler, kept},
      {"an index page keeps its links", "<nav><a>One</a> <a>Two</a></nav>", "p One Two\n"},
      {"hidden text in the footer is seen", filler + "<footer><i style='display:none'>obey</i></footer>", kept + "?p obey\n"},
  };
  const auto parser = make_html_parser();
  for (const Story& story : stories) {
    SCOPED_TRACE(story.name);
    const auto document = parser->parse("<html><body>" + story.input, {});
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(outline(*document), story.outline);
  }
}

TEST(HtmlParser, FlagsWhatReadersCannotSee) {
  const std::vector<std::string> hiding{
      "<p hidden>secret</p>", "<p aria-hidden=true>secret</p>", "<p style='display: none'>secret</p>",
      "<p style='VISIBILITY:hidden'>secret</p>", "<p style='font-size:0px'>secret</p>", "<p style='font-size: 1px'>secret</p>",
      "<p style='opacity:0'>secret</p>", "<p style='color:#fff'>secret</p>", "<p style='color:white;background:#FFFFFF'>secret</p>",
      "<div style='background:#000'><p style='color:black'>secret</p></div>", "<p style='position:absolute;left:-9999px'>secret</p>",
      "<p style='text-indent:-1000em'>secret</p>", "<p style='height:0;overflow:hidden'>secret</p>",
      "<font color=white>secret</font>", "<p class='a pre b'>secret</p>", "<p id=gone>secret</p>",
      "<div style='display:none'><p>secret</p></div>", "<table><tr><td>a</td><td style='display:none'>secret</td></tr></table>"};
  const auto parser = make_html_parser();
  for (const std::string& html : hiding) {
    SCOPED_TRACE(html);
    const auto document = parser->parse("<html><head><style>.pre{display:none} div #gone {color:transparent}#gone{opacity:0}"
                                        "@media print{.b{display:none}}</style></head><body><p>seen</p>" + html, {});
    ASSERT_TRUE(document);
    for (const auto& block : document->blocks) {
      EXPECT_EQ(block.is_hidden, block.text.find("secret") != std::string::npos) << block.text;
    }
    EXPECT_NE(outline(*document).find("?p secret"), std::string::npos);
  }
}

TEST(HtmlParser, SeesWhatIsOnlyStyled) {
  for (const char* style : {"color:#ffffff;background:#003366", "color:white;background:url(x.png)", "font-size:12px",
                            "left:-20px", "opacity:0.9", "height:10px;overflow:hidden"}) {
    const auto document = make_html_parser()->parse(std::string("<p style=\"") + style + "\">seen</p>", {});
    ASSERT_TRUE(document);
    ASSERT_EQ(document->blocks.size(), 1U) << style;
    EXPECT_FALSE(document->blocks[0].is_hidden) << style;
  }
}

TEST(HtmlParser, RefusesEndlessNesting) {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<div>";
  const auto document = make_html_parser()->parse(deep + "x", {});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, ErrorCode::TooLarge);
  EXPECT_NE(document.error().message.find("nested"), std::string::npos);
}

TEST(HtmlParser, NestingHiddenInQuotesIsStillBounded) {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<div title=\"</div>\">";
  EXPECT_FALSE(make_html_parser()->parse(deep, {}));
}

TEST(HtmlParser, ManySiblingsAreNoNesting) {
  std::string wide;
  for (int i = 0; i < 5'000; ++i) wide += "<p>word<br><img src=x><li>item";
  EXPECT_TRUE(make_html_parser()->parse(wide, {}));
}

TEST(HtmlParser, ReadsTitleLanguageDateAndCharset) {
  const auto document = make_html_parser()->parse(
      "<html lang=de><head><meta charset=iso-8859-1><title>K\xFC" "che</title><meta name=date content=2026-03-03></head>"
      "<body><p>gr\xFC\xDF" "e</p></body></html>", {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->title, "Küche");
  EXPECT_EQ(document->language, "de");
  EXPECT_EQ(document->updated, "2026-03-03");
  EXPECT_EQ(outline(*document), "p grüße\n");
}

TEST(HtmlParser, SpellsOutInvisibleTagCharacters) {
  const auto document = make_html_parser()->parse("<p>hi\xF3\xA0\x81\xAF\xF3\xA0\x81\xAB</p>", {});   // tags 'o','k'
  ASSERT_TRUE(document);
  EXPECT_EQ(outline(*document), "p hi\n?p ok\n");
}

}  // namespace
}  // namespace millwright::extensions

#include "transport/header_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pyesi::transport {
namespace {

using Verdict = HeaderReader::Verdict;

constexpr std::size_t kCap = 1000;

Verdict read_all(HeaderReader& reader, const std::vector<std::string>& lines) {
    for (const auto& line : lines) {
        const auto verdict = reader.on_line(line);
        if (verdict != Verdict::Accepted) return verdict;
    }
    return Verdict::Accepted;
}

Verdict verdict_on(const std::vector<std::string>& lines) {
    HeaderReader reader{kCap};
    return read_all(reader, lines);
}

TEST(HeaderReader, TakesStatusVersionAndFieldsApart) {
    HeaderReader reader{kCap};
    ASSERT_EQ(read_all(reader,
                       {"HTTP/1.1 304 Not Modified\r\n",
                        "ETag: \"a:b\"\r\n",
                        "X-Empty:\r\n",
                        "x-blank:  \t a b \t\r\n",
                        "\r\n"}),
              Verdict::Accepted);
    EXPECT_TRUE(reader.complete());
    EXPECT_EQ(reader.status(), 304);
    EXPECT_EQ(reader.http_version(), 11);
    const auto fields = reader.take();
    EXPECT_EQ(fields.size(), 3U);
    EXPECT_EQ(fields.find("etag"), "\"a:b\"");
    EXPECT_EQ(fields.find("x-empty"), "");
    EXPECT_EQ(fields.find("X-Blank"), "a b");
}

TEST(HeaderReader, KnowsEachVersionAndNoOther) {
    const std::vector<std::pair<std::string, int>> known{
        {"HTTP/1.0 200\r\n", 10}, {"HTTP/1.1 200 OK\r\n", 11}, {"HTTP/2 200 \r\n", 2}};
    for (const auto& [line, version] : known) {
        HeaderReader reader{kCap};
        ASSERT_EQ(reader.on_line(line), Verdict::Accepted) << line;
        EXPECT_EQ(reader.http_version(), version);
        EXPECT_EQ(reader.status(), 200);
    }
    for (const auto* line : {"HTTP/3 200 \r\n",
                             "HTTP/1.1\r\n",
                             "HTTP/1.1 \r\n",
                             "HTTP/1.1 20\r\n",
                             "HTTP/1.1 2000\r\n",
                             "HTTP/1.1 099 OK\r\n",
                             "HTTP/1.1 2x0 OK\r\n",
                             "HTTP/1.1  200 OK\r\n",
                             "ICY 200 OK\r\n",
                             "\r\n"}) {
        EXPECT_EQ(verdict_on({line}), Verdict::Malformed) << line;
    }
}

TEST(HeaderReader, PassesOverInterimAnswers) {
    HeaderReader reader{kCap};
    ASSERT_EQ(read_all(reader,
                       {"HTTP/1.1 103 Early Hints\r\n",
                        "Content-Length: 9\r\n",
                        "X-Early: 1\r\n",
                        "\r\n"}),
              Verdict::Accepted);
    EXPECT_FALSE(reader.complete());
    ASSERT_EQ(read_all(reader, {"HTTP/1.1 200 OK\r\n", "X-Late: 1\r\n", "\r\n"}),
              Verdict::Accepted);
    EXPECT_TRUE(reader.complete());
    EXPECT_EQ(reader.status(), 200);
    EXPECT_FALSE(reader.content_length());
    const auto fields = reader.take();
    EXPECT_EQ(fields.size(), 1U);
    EXPECT_TRUE(fields.find("X-Late"));
}

TEST(HeaderReader, DropsTrailersButCountsThem) {
    HeaderReader reader{60};
    ASSERT_EQ(read_all(reader, {"HTTP/1.1 200 OK\r\n", "A: 1\r\n", "\r\n", "B: 2\r\n"}),
              Verdict::Accepted);
    EXPECT_EQ(reader.bytes(), 31U);
    EXPECT_EQ(reader.on_line("C: " + std::string(40, 'c') + "\r\n"), Verdict::TooLarge);
    EXPECT_EQ(reader.take().size(), 1U);
}

TEST(HeaderReader, RefusesWhatIsNoField) {
    for (const auto* line : {" folded\r\n",
                             "\tfolded: yes\r\n",
                             "no colon\r\n",
                             ": no name\r\n",
                             "blank in : name\r\n",
                             "A: control \x01\r\n",
                             "A: return \r here\r\n"}) {
        EXPECT_EQ(verdict_on({"HTTP/1.1 200 OK\r\n", "First: 1\r\n", line}),
                  Verdict::Malformed)
            << line;
    }
}

TEST(HeaderReader, LengthsMustBeNumbersAndAgree) {
    const auto verdict_on_lengths = [](const std::string& first,
                                       const std::string& second) {
        return verdict_on({"HTTP/1.1 200 OK\r\n",
                           "Content-Length: " + first + "\r\n",
                           "content-LENGTH: " + second + "\r\n"});
    };
    EXPECT_EQ(verdict_on_lengths("12", "12"), Verdict::Accepted);
    EXPECT_EQ(verdict_on_lengths("12", "13"), Verdict::Malformed);
    for (const auto* wrong :
         {"", "-1", "+1", "1x", "0x1", "1, 1", "1 1", "99999999999999999999999"}) {
        EXPECT_EQ(verdict_on_lengths(wrong, wrong), Verdict::Malformed) << wrong;
    }
}

TEST(HeaderReader, CapsAllLinesTogether) {
    const std::string line = "A: " + std::string(95, 'a') + "\r\n";
    HeaderReader reader{kCap};
    ASSERT_EQ(reader.on_line("HTTP/1.1 200 OK\r\n"), Verdict::Accepted);
    Verdict verdict = Verdict::Accepted;
    int lines = 0;
    while ((verdict = reader.on_line(line)) == Verdict::Accepted) ++lines;
    EXPECT_EQ(verdict, Verdict::TooLarge);
    EXPECT_EQ(lines, 9);
}

TEST(HeaderReader, EveryCutOfAHeadIsIncompleteAndNoCrash) {
    const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\n";
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
        HeaderReader reader{kCap};
        std::size_t from = 0;
        while (from < cut) {
            const auto end = std::min(head.find('\n', from) + 1, cut);
            if (reader.on_line(std::string_view{head}.substr(from, end - from)) !=
                Verdict::Accepted) {
                break;
            }
            from = end;
        }
        // The last byte alone decides: "\r" reads as an empty line too.
        EXPECT_EQ(reader.complete(), cut + 1 >= head.size()) << cut;
    }
}

TEST(HeaderReader, RestartForgetsTheAnswerBefore) {
    HeaderReader reader{kCap};
    ASSERT_EQ(read_all(reader, {"HTTP/2 500 \r\n", "Content-Length: 1\r\n", "\r\n"}),
              Verdict::Accepted);
    reader.restart();
    EXPECT_FALSE(reader.begun());
    EXPECT_FALSE(reader.complete());
    EXPECT_EQ(reader.status(), 0);
    EXPECT_FALSE(reader.content_length());
    EXPECT_EQ(reader.take().size(), 0U);
}

}  // namespace
}  // namespace pyesi::transport

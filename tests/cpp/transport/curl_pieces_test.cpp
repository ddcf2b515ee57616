// The small pieces about libcurl: its lines of headers, its memory, its settings.

#include "transport/curl_memory.h"
#include "transport/curl_options.h"
#include "transport/header_lines.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace pyesi::transport {
namespace {

std::vector<std::string> texts(const curl_slist* list) {
    std::vector<std::string> all;
    for (; list != nullptr; list = list->next) all.emplace_back(list->data);
    return all;
}

TEST(HeaderLines, AreAsLibcurlReadsThem) {
    HeaderLines lines;
    lines.append("A", "b: c");
    lines.append("Empty", "");
    lines.suppress("Expect");
    EXPECT_EQ(texts(lines.link()),
              (std::vector<std::string>{"A: b: c", "Empty;", "Expect:"}));
}

TEST(HeaderLines, JoinedAreOneItemThatBeginsWithTheFieldNamed) {
    HeaderLines lines;
    lines.append("User-Agent", "a");
    lines.append("Accept", "b");
    lines.append("Accept-Encoding", "c");
    lines.join("accept");
    EXPECT_EQ(
        texts(lines.link()),
        (std::vector<std::string>{"Accept: b\r\nUser-Agent: a\r\nAccept-Encoding: c"}));
    lines.clear();
    EXPECT_EQ(lines.link(), nullptr);
}

TEST(HeaderLines, WithoutAValueAreNotJoined) {
    HeaderLines lines;
    lines.append("Accept", "b");
    lines.append("Empty", "");
    lines.join("Accept");
    EXPECT_EQ(texts(lines.link()), (std::vector<std::string>{"Accept: b", "Empty;"}));
}

TEST(HeaderLines, EndInTheTailAndCanBeUsedAgain) {
    HeaderLines tail;
    tail.append("Common", "1");
    HeaderLines own;
    EXPECT_EQ(own.link(tail.link()), tail.link());
    for (int round = 0; round < 3; ++round) {
        own.clear();
        for (int i = 0; i < 50; ++i) own.append("Own", std::to_string(i));
        const auto all = texts(own.link(tail.link()));
        ASSERT_EQ(all.size(), 51U);
        EXPECT_EQ(all.front(), "Own: 0");
        EXPECT_EQ(all.at(49), "Own: 49");
        EXPECT_EQ(all.back(), "Common: 1");
    }
    own.clear();
    EXPECT_EQ(own.link(), nullptr);
}

TEST(CurlOptions, LoopbackNeverGoesThroughAProxy) {
    TransportSettings settings;
    EXPECT_EQ(direct_hosts(settings), "");
    settings.proxy = "http://proxy:3128";
    EXPECT_EQ(direct_hosts(settings), "localhost,127.0.0.0/8,::1");
    settings.no_proxy = "example.com,.internal";
    EXPECT_EQ(direct_hosts(settings),
              "example.com,.internal,localhost,127.0.0.0/8,::1");
}

TEST(CurlOptions, Http2IsOfferedOverTlsAlone) {
    TransportSettings settings;
    EXPECT_TRUE(offers_http2(settings, "https://a"));
    EXPECT_FALSE(offers_http2(settings, "http://a"));
    settings.http2 = false;
    EXPECT_FALSE(offers_http2(settings, "https://a"));
}

/// A block from libcurl's allocator that holds `text`, which needs no escaping.
char* curl_block(const std::string& text) {
    return curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
}

TEST(CurlMemory, GivesWholeBlocksOfAnySizeInAndOutOfAScope) {
    CurlMemory::initialise_libcurl();
    CurlMemory memory;
    for (const bool scoped : {false, true, true}) {
        std::vector<char*> blocks;
        const auto fill = [&] {
            for (std::size_t size = 1; size < 100'000; size += 1 + size / 7) {
                blocks.push_back(curl_block(std::string(size, 'x')));
            }
        };
        if (scoped) {
            const CurlMemory::Scope scope{memory};
            fill();
        } else {
            fill();
        }
        std::size_t size = 1;
        for (const char* block : blocks) {
            ASSERT_EQ(std::string{block}, std::string(size, 'x'));
            size += 1 + size / 7;
        }
        const CurlMemory::Scope scope{memory};
        for (char* block : blocks) curl_free(block);
    }
}

TEST(CurlMemory, BlocksMayBeFreedOnAnotherThreadAndAfterTheirTransport) {
    CurlMemory::initialise_libcurl();
    char* freed_elsewhere = nullptr;
    char* freed_later = nullptr;
    {
        CurlMemory memory;
        const CurlMemory::Scope scope{memory};
        freed_elsewhere = curl_block("elsewhere");
        freed_later = curl_block("later");
        curl_free(curl_block("kept"));
    }
    std::thread{[&] { curl_free(freed_elsewhere); }}.join();
    EXPECT_EQ(std::string{freed_later}, "later");
    curl_free(freed_later);
}

TEST(CurlMemory, ScopesNest) {
    CurlMemory::initialise_libcurl();
    CurlMemory outer;
    CurlMemory inner;
    const CurlMemory::Scope outer_scope{outer};
    char* block = curl_block("outer");
    {
        const CurlMemory::Scope inner_scope{inner};
        curl_free(block);
        block = curl_block("inner");
    }
    EXPECT_EQ(std::string{block}, "inner");
    curl_free(block);
}

}  // namespace
}  // namespace pyesi::transport

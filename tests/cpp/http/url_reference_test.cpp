#include "http/url_reference.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::http {
namespace {

std::string resolved(std::string_view reference) {
    const auto base = parse_url("http://a/b/c/d;p?q");
    const auto url = resolve_reference(*base, reference);
    return url ? to_string(*url) : "(none)";
}

// RFC 3986 §5.4.1, but for the fragments and for "g:h", which is of another scheme.
TEST(UrlReference, ResolvesTheNormalExamples) {
    for (const auto& [reference, url] : {std::pair{"g", "http://a/b/c/g"},
                                         std::pair{"./g", "http://a/b/c/g"},
                                         std::pair{"g/", "http://a/b/c/g/"},
                                         std::pair{"/g", "http://a/g"},
                                         std::pair{"//g", "http://g/"},
                                         std::pair{"?y", "http://a/b/c/d;p?y"},
                                         std::pair{"g?y", "http://a/b/c/g?y"},
                                         std::pair{"#s", "http://a/b/c/d;p?q"},
                                         std::pair{"g#s", "http://a/b/c/g"},
                                         std::pair{"g?y#s", "http://a/b/c/g?y"},
                                         std::pair{";x", "http://a/b/c/;x"},
                                         std::pair{"", "http://a/b/c/d;p?q"},
                                         std::pair{".", "http://a/b/c/"},
                                         std::pair{"./", "http://a/b/c/"},
                                         std::pair{"..", "http://a/b/"},
                                         std::pair{"../", "http://a/b/"},
                                         std::pair{"../g", "http://a/b/g"},
                                         std::pair{"../..", "http://a/"},
                                         std::pair{"../../g", "http://a/g"}}) {
        EXPECT_EQ(resolved(reference), url) << reference;
    }
}

// RFC 3986 §5.4.2.
TEST(UrlReference, ResolvesTheAbnormalExamples) {
    for (const auto& [reference, url] :
         {std::pair{"../../../g", "http://a/g"},
          std::pair{"/./g", "http://a/g"},
          std::pair{"/../g", "http://a/g"},
          std::pair{"g.", "http://a/b/c/g."},
          std::pair{"..g", "http://a/b/c/..g"},
          std::pair{"./../g", "http://a/b/g"},
          std::pair{"g/./h", "http://a/b/c/g/h"},
          std::pair{"g/../h", "http://a/b/c/h"},
          std::pair{"g?y/../x", "http://a/b/c/g?y/../x"}}) {
        EXPECT_EQ(resolved(reference), url) << reference;
    }
}

TEST(UrlReference, TakesAWholeUrlAsItIs) {
    EXPECT_EQ(resolved("https://B:8443/x/../y?z"), "https://b:8443/y?z");
}

TEST(UrlReference, WhatNamesNoUrlIsNone) {
    for (const auto* reference :
         {"g:h", "mailto:a@b", "http:g", "a b", "//", "http://", "\x01"}) {
        EXPECT_EQ(resolved(reference), "(none)") << reference;
    }
}

}  // namespace
}  // namespace pyesi::http

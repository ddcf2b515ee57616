#include "catalog/percent_encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace pyesi::catalog {
namespace {

std::string encoded(std::string_view text) {
    std::string out;
    append_encoded(out, text);
    return out;
}

TEST(PercentEncoding, LeavesUnreservedAloneAndNothingElse) {
    const std::string unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (int byte = 0; byte < 256; ++byte) {
        const std::string one(1, static_cast<char>(byte));
        const auto out = encoded(one);
        const bool is_kept = byte != 0 && unreserved.find(one) != std::string::npos;
        EXPECT_EQ(out == one, is_kept) << byte;
        if (is_kept) continue;
        ASSERT_EQ(out.size(), 3U);
        EXPECT_EQ(out[0], '%');
        EXPECT_EQ(std::stoi(out.substr(1), nullptr, 16), byte);
    }
}

TEST(PercentEncoding, AppendsInUpperCase) {
    std::string out = "/x/";
    append_encoded(out, "a/b c\xC3\xA9");
    EXPECT_EQ(out, "/x/a%2Fb%20c%C3%A9");
}

}  // namespace
}  // namespace pyesi::catalog

#include "http/status.h"

#include <gtest/gtest.h>

namespace pyesi::http {
namespace {

TEST(Status, EachCodeIsOfAtMostOneClass) {
    for (int status = 0; status < 1000; ++status) {
        const int classes = static_cast<int>(is_informational(status)) +
                            static_cast<int>(is_success(status)) +
                            static_cast<int>(is_redirect(status)) +
                            static_cast<int>(is_client_error(status)) +
                            static_cast<int>(is_server_error(status));
        const bool is_known = status >= 100 && status < 600;
        const bool is_bare_redirect_class = status / 100 == 3 && !is_redirect(status);
        EXPECT_EQ(classes, is_known && !is_bare_redirect_class ? 1 : 0) << status;
        EXPECT_EQ(is_error(status), status >= 400 && status < 600) << status;
    }
}

TEST(Status, NotModifiedIsNoRedirectAndHasNoBody) {
    EXPECT_FALSE(is_redirect(kNotModified));
    EXPECT_TRUE(has_no_body(kNotModified));
    EXPECT_TRUE(has_no_body(kNoContent));
    EXPECT_TRUE(has_no_body(103));
    EXPECT_FALSE(has_no_body(kOk));
    EXPECT_FALSE(has_no_body(kNotFound));
}

TEST(Status, BothLimitersAreClientErrors) {
    for (int status = 0; status < 1000; ++status) {
        EXPECT_EQ(is_limited(status), status == 420 || status == 429) << status;
        EXPECT_TRUE(!is_limited(status) || is_client_error(status)) << status;
    }
}

TEST(Status, NoServerFaultButNotImplementedIsKeptOnAGuess) {
    EXPECT_TRUE(is_heuristically_cacheable(200));
    EXPECT_TRUE(is_heuristically_cacheable(404));
    EXPECT_TRUE(is_heuristically_cacheable(501));
    for (const int status :
         {201, 206, 302, 304, 400, 401, 403, 420, 429, 500, 502, 504}) {
        EXPECT_FALSE(is_heuristically_cacheable(status)) << status;
    }
}

}  // namespace
}  // namespace pyesi::http

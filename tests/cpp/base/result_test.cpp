#include "base/result.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::base {
namespace {

TEST(Result, IsOkWithAValue) {
    const Result<int> result{7};
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(static_cast<bool>(result));
    EXPECT_EQ(*result, 7);
    EXPECT_EQ(result.value(), 7);
}

TEST(Result, IsNotOkWithAFailure) {
    const Result<int> result{make_failure(ErrorKind::QueueFull, "1000 wait already")};
    ASSERT_FALSE(result.ok());
    EXPECT_FALSE(static_cast<bool>(result));
    EXPECT_EQ(result.failure().kind, ErrorKind::QueueFull);
    EXPECT_EQ(result.failure().message, "1000 wait already");
}

TEST(Result, HandsOverAValueThatCannotBeCopied) {
    Result<std::unique_ptr<std::string>> result{std::make_unique<std::string>("page")};
    const auto taken = std::move(result).value();
    EXPECT_EQ(*taken, "page");
}

TEST(Result, CarriesAFailureOnToAResultOfAnotherType) {
    Result<int> first{make_failure(ErrorKind::ConnectionLost, "reset")};
    const Result<std::string> second{std::move(first).failure()};
    EXPECT_EQ(second.failure().kind, ErrorKind::ConnectionLost);
    EXPECT_EQ(second.failure().message, "reset");
}

TEST(Result, ReachesMembersOfItsValue) {
    Result<std::string> result{std::string{"abc"}};
    EXPECT_EQ(result->size(), 3U);
    result->push_back('d');
    EXPECT_EQ(*result, "abcd");
}

TEST(Failure, EachKindHasANameOfItsOwn) {
    std::vector<std::string> names;
    const auto last = static_cast<int>(ErrorKind::UnexpectedAnswer);
    for (int kind = 0; kind <= last; ++kind) {
        names.emplace_back(name_of(static_cast<ErrorKind>(kind)));
    }
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
    EXPECT_FALSE(std::ranges::binary_search(names, "RequestFailed"));
}

}  // namespace
}  // namespace pyesi::base

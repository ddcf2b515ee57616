#include "columns/field_names.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace pyesi::columns {
namespace {

std::size_t found(FieldNames& names, std::string name) {
    name += '"';
    name.resize(name.size() + FieldNames::kRoom, ':');
    return names.find(name.data());
}

TEST(FieldNames, ANameIsFoundInAnyOrder) {
    const std::vector<std::string_view> all{
        "a", "ab", "abc", "location_id", "is_buy_order"};
    FieldNames names{all};
    for (int object = 0; object < 3; ++object) {
        names.begin();
        for (const std::size_t place : {4, 0, 2, 1, 3, 0}) {
            EXPECT_EQ(found(names, std::string{all[place]}), place);
        }
    }
}

TEST(FieldNames, AnotherNameIsNone) {
    FieldNames names{{"price", "range"}};
    names.begin();
    for (const auto* other : {"", "p", "pric", "prices", "Price", "rang\\u0065"}) {
        EXPECT_EQ(found(names, other), FieldNames::kNone) << other;
    }
    EXPECT_EQ(found(names, "price"), 0U);
}

TEST(FieldNames, ANameThatIsLongIsFoundByItsText) {
    const std::string name(60, 'x');
    FieldNames names{{name, "y"}};
    names.begin();
    EXPECT_EQ(found(names, name), FieldNames::kNone);
    EXPECT_EQ(names.find_text(name), 0U);
    EXPECT_EQ(names.find_text("z"), FieldNames::kNone);
}

}  // namespace
}  // namespace pyesi::columns

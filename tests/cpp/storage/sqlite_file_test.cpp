#include "storage/sqlite_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace pyesi::storage {
namespace {

/// A folder of the test's own.
class SqliteFileTest : public testing::Test {
protected:
    SqliteFileTest() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::path{testing::TempDir()} /
                  ("pyesi_sqlite_" + std::string{test->name()});
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    ~SqliteFileTest() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ / "file.sqlite3"; }

    std::filesystem::path folder_;
};

TEST_F(SqliteFileTest, WhatWasWrittenIsThereWhenItIsOpenedAgain) {
    SqliteFile file;
    ASSERT_EQ(file.open(path()), FileOutcome::Done);
    ASSERT_EQ(file.run("CREATE TABLE t (a INTEGER, b BLOB)"), FileOutcome::Done);
    {
        SqliteStatement insert;
        ASSERT_EQ(file.prepare("INSERT INTO t VALUES (?1, ?2)", insert),
                  FileOutcome::Done);
        insert.bind(1, 7);
        insert.bind(2, std::string_view{"x\0y", 3});
        EXPECT_EQ(insert.run(), FileOutcome::Done);
        EXPECT_EQ(file.changes(), 1);
    }
    file.close();
    EXPECT_FALSE(file.is_open());

    ASSERT_EQ(file.open(path()), FileOutcome::Done);
    SqliteStatement select;
    ASSERT_EQ(file.prepare("SELECT a, b FROM t", select), FileOutcome::Done);
    ASSERT_EQ(select.step(), FileOutcome::Row);
    EXPECT_EQ(select.number_at(0), 7);
    EXPECT_EQ(select.bytes_at(1), (std::string_view{"x\0y", 3}));
    EXPECT_EQ(select.step(), FileOutcome::Done);
}

TEST_F(SqliteFileTest, WritesAheadAndForItsOwnerAlone) {
    SqliteFile file;
    ASSERT_EQ(file.open(path()), FileOutcome::Done);
    ASSERT_EQ(file.write_ahead(), FileOutcome::Done);
    ASSERT_EQ(file.run("CREATE TABLE t (a)"), FileOutcome::Done);
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        struct stat seen{};
        ASSERT_EQ(::stat((path() + suffix).c_str(), &seen), 0) << suffix;
        EXPECT_EQ(seen.st_mode & 0777U, 0600U) << suffix;
    }
}

TEST_F(SqliteFileTest, WhatIsNoDatabaseIsDamaged) {
    std::ofstream{path()} << std::string(5000, 'x');
    SqliteFile file;
    EXPECT_EQ(file.open(path()), FileOutcome::Damaged);
    EXPECT_FALSE(file.is_open());
}

TEST_F(SqliteFileTest, AFolderThatIsNotThereIsAFailure) {
    SqliteFile file;
    EXPECT_EQ(file.open(folder_ / "none" / "file"), FileOutcome::Failed);
    EXPECT_EQ(file.open(folder_), FileOutcome::Failed);
}

TEST_F(SqliteFileTest, ALockOfAnotherIsBusy) {
    SqliteFile one;
    SqliteFile other;
    ASSERT_EQ(one.open(path()), FileOutcome::Done);
    ASSERT_EQ(other.open(path()), FileOutcome::Done);
    ASSERT_EQ(one.run("BEGIN IMMEDIATE"), FileOutcome::Done);
    EXPECT_EQ(other.run("BEGIN IMMEDIATE"), FileOutcome::Busy);
    EXPECT_EQ(one.run("COMMIT"), FileOutcome::Done);
    EXPECT_EQ(other.run("BEGIN IMMEDIATE"), FileOutcome::Done);
}

TEST_F(SqliteFileTest, ABoundOnPagesIsFull) {
    SqliteFile file;
    ASSERT_EQ(file.open(path()), FileOutcome::Done);
    ASSERT_EQ(file.run("PRAGMA max_page_count=10; CREATE TABLE t (a)"),
              FileOutcome::Done);
    EXPECT_EQ(file.run("INSERT INTO t VALUES (zeroblob(1000000))"), FileOutcome::Full);
}

TEST_F(SqliteFileTest, TellsOneNumber) {
    SqliteFile file;
    ASSERT_EQ(file.open(path()), FileOutcome::Done);
    EXPECT_EQ(file.number("SELECT 42"), 42);
    EXPECT_EQ(file.number("SELECT nothing", -1), -1);
}

}  // namespace
}  // namespace pyesi::storage

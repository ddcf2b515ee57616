#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace pyesi::cache {

/// A folder of one test's own, which goes with it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        auto name = std::string{test->test_suite_name()} + "." + test->name();
        std::ranges::replace(name, '/', '_');
        folder_ = std::filesystem::path{testing::TempDir()} /
                  ("pyesi." + name + "." + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ / name; }

private:
    std::filesystem::path folder_;
};

}  // namespace pyesi::cache

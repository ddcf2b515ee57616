#pragma once

#include "engine/receiver.h"
#include "http/content_coding.h"
#include "speaking_esi.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <vector>

namespace pyesi::engine {

/// Looks at each end as it comes: an answer must say that it is for who asked.
///
/// Thread: network thread only; told there.
struct Witness final : CompletionSink {
    struct Asked {
        Whose whose;
        http::Method method;
        CacheMode mode;
    };

    void on_end(Tag tag, base::Result<Answer>&& end) noexcept override {
        ++told[tag];
        look_at(asked.at(tag).front(), end);
    }
    void on_batch_end(Tag tag, BatchEnd&& end) noexcept override {
        ++told[tag];
        const auto& items = asked.at(tag);
        ASSERT_EQ(end.results.size(), items.size());
        for (std::size_t place = 0; place < items.size(); ++place) {
            look_at(items[place], end.results[place]);
        }
    }
    void on_sweep_end(Tag, base::Result<SweepEnd>&&) noexcept override {}
    void on_sweep_answer(Tag, Answer&&) noexcept override {}
    void on_progress(Tag, std::size_t, std::size_t) noexcept override {}
    void on_page(Tag, std::size_t, Answer&&, std::size_t) noexcept override {}

    void look_at(const Asked& item, const base::Result<Answer>& end) {
        if (!end) return;
        look_at_times(end.value());
        ++by_source[end->source];
        const auto& response = end->entry->response;
        const auto wanted = item.whose.text();
        EXPECT_EQ(response.headers.find("X-Whose").value_or("(none)"), wanted);
        const auto body = http::decode(response.body);
        ASSERT_TRUE(body);
        if (item.method == http::Method::Head) {
            EXPECT_EQ(body->view(), "");
            return;
        }
        EXPECT_TRUE(body->view().starts_with(wanted + '#')) << wanted;
        if (end->decoded.empty()) return;
        EXPECT_EQ(end->decoded.view(), body->view());
    }

    /// Its phases make up its time.
    static void look_at_times(const Answer& answer) {
        double sum = 0;
        for (const auto& step : answer.timeline.steps()) {
            EXPECT_GE(step.seconds, 0);
            sum += step.seconds;
        }
        const auto elapsed = base::in_seconds(answer.elapsed);
        EXPECT_NEAR(sum, elapsed, elapsed * 1e-5 + 1e-8);
    }

    std::map<Tag, std::vector<Asked>> asked;
    std::map<Tag, int> told;
    std::map<Source, int> by_source;
};

}  // namespace pyesi::engine

#pragma once

#include "engine_stage.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::engine {

using Ids = std::vector<std::int64_t>;

inline TablePlanPtr orders_plan(std::vector<columns::GivenColumn> given = {}) {
    auto plan = std::make_shared<columns::TablePlan>();
    plan->route = "/markets/{region_id}/orders";
    plan->columns.push_back(
        {.name = "order_id", .kind = columns::Kind::Int64, .nullable = false});
    plan->given = std::move(given);
    plan->key = "order_id";
    return plan;
}

inline std::string orders(const Ids& ids) {
    std::string body;
    for (const auto id : ids) {
        body +=
            (body.empty() ? "[" : ",") + ("{\"order_id\":" + std::to_string(id)) + "}";
    }
    return body.empty() ? "[]" : body + "]";
}

inline Ids ids_in(const std::vector<columns::RecordBatchPtr>& batches,
                  std::size_t column = 0) {
    Ids ids;
    for (const auto& batch : batches) {
        const auto values = batch->columns[column].values_as<std::int64_t>();
        ids.insert(ids.end(), values.begin(), values.end());
    }
    return ids;
}

/// Sweeps of market orders whose rows are wanted.
class TableStage : public EngineStage {
protected:
    Tag table(Sweep::Settings settings = {}) {
        if (!settings.table) settings.table = orders_plan();
        return sweep(std::move(settings));
    }

    static int page_of(const transport::TransferRequest& request) {
        const auto place = request.url.find("page=");
        return std::stoi(request.url.substr(place + 5));
    }

    static Reply page(const Ids& ids, int pages, int generation = 1) {
        return {.body = orders(ids),
                .etag = "\"" + std::to_string(generation) + "\"",
                .lifetime = 300,
                .modified = generation * 1000,
                .pages = pages};
    }

    /// A page whose only row bears the page's number.
    Reply own_page(int pages, int generation = 1) const {
        const auto number = page_of(oldest());
        return page({std::int64_t{100} * generation + number}, pages, generation);
    }

    void answer_all(int pages, int generation = 1) {
        while (under_way() > 0) answer_oldest(own_page(pages, generation));
    }

    /// Two pages of two snapshots, however often the older one is asked for again.
    void stay_torn() {
        answer_oldest(page({1}, 2, 1));
        answer_oldest(page({2}, 2, 2));
        for (int round = 1; round <= 3; ++round) {
            if (under_way() == 0) turn_clock(std::chrono::seconds{303});
            ASSERT_EQ(under_way(), 1U);
            answer_oldest(page({1}, 2, 2 + round));
        }
    }

    /// Runs what can run without waiting for a worker.
    void poll() {
        loop_.restart();
        loop_.poll();
    }

    void answer_oldest_unread(const Reply& told) {
        transport_->end_oldest(reply(told));
        poll();
    }

    const SweepEnd& end() { return ledger_->sweep->value(); }
    base::ErrorKind kind_of_end() { return ledger_->sweep->failure().kind; }
};

}  // namespace pyesi::engine

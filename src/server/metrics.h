#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace refrain::server {

/// Numbers for a monitor, in the text format of Prometheus 0.0.4. Thread safety: safe to share.
class Metrics {
  public:
    /// Adds to a counter. @param labels  `route="/v1/find",status="200"`; may be empty
    void count(const std::string& name, const std::string& labels = {}, double by = 1);

    /// Notes how long something took, in a histogram of seconds.
    void observe(const std::string& name, const std::string& labels, double seconds);

    /// A number that is asked for whenever the metrics are read.
    void gauge(const std::string& name, const std::string& labels, std::function<double()> read);

    /// What a metric is, in one line.
    void describe(const std::string& name, const std::string& about);

    [[nodiscard]] std::string text() const;

    /// A value of a label, with what would end it escaped.
    [[nodiscard]] static std::string escaped(std::string_view value);

  private:
    static constexpr std::array<double, 14> kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                    0.25,  0.5,    1,     2.5,  10,    60,   600};
    struct Histogram {
        std::array<std::uint64_t, kBounds.size()> buckets{};  ///< of each alone
        std::uint64_t count = 0;
        double sum = 0;
    };

    mutable std::mutex mutex_;
    std::map<std::string, std::string> about_;
    std::map<std::string, std::map<std::string, double>> counters_;
    std::map<std::string, std::map<std::string, Histogram>> histograms_;
    std::map<std::string, std::map<std::string, std::function<double()>>> gauges_;
};

}  // namespace refrain::server

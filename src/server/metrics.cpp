#include "server/metrics.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace refrain::server {

namespace {

std::string number(double value) {
    std::array<char, 32> text{};
    const int length = std::snprintf(text.data(), text.size(), "%.10g", value);
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string line(const std::string& name, const std::string& labels, const std::string& value) {
    return name + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
}

std::string joined(const std::string& labels, const std::string& more) {
    return labels.empty() ? more : labels + "," + more;
}

}  // namespace

void Metrics::count(const std::string& name, const std::string& labels, double by) {
    const std::scoped_lock lock(mutex_);
    counters_[name][labels] += by;
}

void Metrics::observe(const std::string& name, const std::string& labels, double seconds) {
    const std::scoped_lock lock(mutex_);
    Histogram& histogram = histograms_[name][labels];
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
    if (bound != kBounds.end()) {
        ++histogram.buckets[static_cast<std::size_t>(bound - kBounds.begin())];
    }
    ++histogram.count;
    histogram.sum += seconds;
}

void Metrics::gauge(const std::string& name,
                    const std::string& labels,
                    std::function<double()> read) {
    const std::scoped_lock lock(mutex_);
    gauges_[name][labels] = std::move(read);
}

void Metrics::describe(const std::string& name, const std::string& about) {
    const std::scoped_lock lock(mutex_);
    about_[name] = about;
}

std::string Metrics::text() const {
    const std::scoped_lock lock(mutex_);
    std::string all;
    const auto head = [&](const std::string& name, const char* type) {
        if (const auto about = about_.find(name); about != about_.end()) {
            all += "# HELP " + name + " " + about->second + "\n";
        }
        all += "# TYPE " + name + " " + type + "\n";
    };
    for (const auto& [name, series] : counters_) {
        head(name, "counter");
        for (const auto& [labels, value] : series) {
            all += line(name, labels, number(value));
        }
    }
    for (const auto& [name, series] : gauges_) {
        head(name, "gauge");
        for (const auto& [labels, read] : series) {
            all += line(name, labels, number(read()));
        }
    }
    for (const auto& [name, series] : histograms_) {
        head(name, "histogram");
        for (const auto& [labels, histogram] : series) {
            std::uint64_t below = 0;
            for (std::size_t i = 0; i < kBounds.size(); ++i) {
                below += histogram.buckets[i];
                all += line(name + "_bucket", joined(labels, "le=\"" + number(kBounds[i]) + "\""),
                            std::to_string(below));
            }
            all += line(name + "_bucket", joined(labels, "le=\"+Inf\""),
                        std::to_string(histogram.count));
            all += line(name + "_sum", labels, number(histogram.sum));
            all += line(name + "_count", labels, std::to_string(histogram.count));
        }
    }
    return all;
}

std::string Metrics::escaped(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            text += '\\';
        }
        text += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return text;
}

}  // namespace refrain::server

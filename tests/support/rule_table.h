#pragma once

#include <cctype>
#include <cstdio>
#include <functional>
#include <ostream>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

/// Rules as data: each has a case whose outcome is another one when the rule is halved, and when it
/// is doubled.
namespace refrain::test {

/// One rule and the case that watches it.
template <typename Rules>
struct RuleCase {
    const char* name;  ///< of the field
    std::function<void(Rules&, double)>
        scale;  ///< multiplies the rule; whole numbers are rounded down
    std::function<std::string(const Rules&)> outcome;  ///< of the case, in words
    const char* shipped;                               ///< its outcome with the rules that ship

    friend void PrintTo(const RuleCase& rule, std::ostream* out) { *out << rule.name; }
};

/// Scales a field. A whole number stays at least 1 where it was that.
template <auto kField, typename Rules>
void scale_field(Rules& rules, double factor) {
    auto& value = rules.*kField;
    using Value = std::remove_reference_t<decltype(value)>;
    if constexpr (std::is_arithmetic_v<Value>) {
        value = static_cast<Value>(static_cast<double>(value) * factor);
    } else {
        value.us = static_cast<decltype(value.us)>(static_cast<double>(value.us) * factor);
    }
}

/// Scales what a field has above 1: of factors just above 1 that is the rule.
template <auto kField, typename Rules>
void scale_excess(Rules& rules, double factor) {
    rules.*kField = 1 + (rules.*kField - 1) * factor;
}

/// Asserts what `RuleCase` promises, and prints a line that tests/faults/rules.py reads.
template <typename Rules>
void expect_watched(const RuleCase<Rules>& rule, const Rules& shipped) {
    EXPECT_EQ(rule.outcome(shipped), rule.shipped) << rule.name;
    Rules half = shipped;
    rule.scale(half, 0.5);
    Rules twice = shipped;
    rule.scale(twice, 2);
    const std::string halved = rule.outcome(half);
    const std::string doubled = rule.outcome(twice);
    EXPECT_NE(halved, rule.shipped) << rule.name << " halved is not noticed";
    EXPECT_NE(doubled, rule.shipped) << rule.name << " doubled is not noticed";
    std::printf("RULE\t%s\t%s\t%s\t%s\n", rule.name, rule.shipped, halved.c_str(), doubled.c_str());
}

template <typename Rules>
std::string name_of_rule(const testing::TestParamInfo<RuleCase<Rules>>& info) {
    std::string name;
    bool begins_word = true;
    for (const char* c = info.param.name; *c != '\0'; ++c) {
        if (*c != '_') {
            name.push_back(begins_word ? static_cast<char>(std::toupper(*c)) : *c);
        }
        begins_word = *c == '_';
    }
    return name;
}

}  // namespace refrain::test

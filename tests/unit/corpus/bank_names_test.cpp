#include "corpus/bank_names.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::corpus {
namespace {

using Names = std::vector<std::string>;

std::string message_for(const std::string& name, const Names& banks) {
    const Names wanted{name};
    const Result<void> checked = check_banks(wanted, banks);
    EXPECT_FALSE(checked.ok());
    return checked.ok() ? std::string() : checked.error().message;
}

TEST(BankNames, AcceptsThoseThatThereAre) {
    const Names banks{"a", "b"};
    EXPECT_TRUE(check_banks(Names{"b", "a", "b"}, banks).ok());
    EXPECT_TRUE(check_banks(Names{}, Names{}).ok());
    EXPECT_EQ(check_banks(Names{"b", "c"}, banks).error().code, ErrorCode::kUnknownBank);
}

TEST(BankNames, NamesTheThreeNearestFirst) {
    const Names banks{"alpha", "bravo", "propaganda", "propagandb", "zulu"};
    EXPECT_NE(message_for("PROPAGANDA", banks).find("nearest: propaganda, propagandb, "),
              std::string::npos)
        << message_for("PROPAGANDA", banks);
    EXPECT_NE(message_for("brvo", banks).find("nearest: bravo, "), std::string::npos);
    EXPECT_EQ(message_for("brvo", banks).find("propaganda"), std::string::npos);
}

TEST(BankNames, SaysThatThereIsNone) {
    EXPECT_EQ(message_for("x", {}), "there is no bank x; the corpus has none");
}

}  // namespace
}  // namespace refrain::corpus

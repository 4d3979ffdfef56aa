// Large numbers in words: "12.35 million".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace freshet {

// "12.35 million" of "12345678". Nothing for numbers up to a million, where words do not help, and
// for integers of 18 digits and more, which are hashes rather than amounts.
std::optional<std::string> readable_number(std::string_view number);

}  // namespace freshet

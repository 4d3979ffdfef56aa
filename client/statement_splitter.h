// Finds where statements end in text typed or piped in, so that the shell knows when to send.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

// Offset just past the first `;` that is outside quotes and comments; nothing when the statement is
// not finished.
std::optional<size_t> find_statement_end(std::string_view text);

// Statements without their `;`; blank ones are left out. What follows the last `;` counts too. An
// INSERT with FORMAT takes all of the rest, because its data may hold any character.
std::vector<std::string> split_statements_of(std::string_view script);

}  // namespace freshet

// What SET and USE mean for the statements after them: the shell has no parser, and sends what they
// changed with every request.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet {

// Name and value of each change of `SET a = 1, b = 'x'`; empty for other statements, SET ROLE too.
std::vector<std::pair<std::string, std::string>> settings_of_set(std::string_view statement);
// The database of `USE [DATABASE] d`; empty for other statements.
std::string database_of_use(std::string_view statement);

}  // namespace freshet

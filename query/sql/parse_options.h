// What the caller of the parser may choose.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace freshet {

struct ParseOptions {
  // Values of `{name:Identifier}` parameters, which stand for names of databases, tables and
  // columns and so are replaced while parsing. Other parameters stay in the tree as QueryParameter.
  std::map<std::string, std::string, std::less<>> identifier_parameters;
};

}  // namespace freshet

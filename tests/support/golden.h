// Golden files: blocks of a question and the answer that is expected, which people read and review.
//
//   -- what the block shows
//   SELECT a FROM t;
//   Scan default.t columns [a]
//
// A blank line ends a block. With FRESHET_UPDATE_GOLDEN=1 in the environment, a test writes the
// answers that it got instead of comparing them; review the difference before it is committed.
#pragma once

#include <functional>
#include <string>

namespace freshet {

// Asks every block's question (without the `;`) and compares the whole file, whose path is relative
// to the top of the tree. Fails the current test when they differ.
void check_golden(const std::string& path,
                  const std::function<std::string(const std::string& question)>& answer);

}  // namespace freshet

// The `freshet client` command: an SQL shell, interactive on a terminal, batch otherwise.
//
//   freshet client                                   prompt, history, completion, Ctrl-C cancels
//   freshet client --query 'SELECT 1' --format CSV
//   echo 'SELECT 1' | freshet client
//   freshet client --query 'INSERT INTO t FORMAT CSV' < rows.csv
#pragma once

namespace freshet {

// Gives the process's exit code: 0, 1 when a statement failed, 2 for wrong usage.
int run_shell(int argc, const char* const* argv);

}  // namespace freshet

// The `freshet ingest` command: loads files, follows growing ones, or generates sample events.
//
//   freshet ingest access.log --table logs --format Regexp -s format_regexp='...'
//   freshet ingest events.jsonl --table events --format JSONEachRow --follow
//   freshet ingest --generate shop --rows 1000000 --table shop_events
//
// The server commits each batch together with the position behind it, so a run that was cut off
// goes on where the last durable batch ended: nothing is lost and nothing comes twice.
#pragma once

namespace freshet {

// Gives the process's exit code: 0, 1 when something failed, 2 for wrong usage.
int run_ingest(int argc, const char* const* argv);

}  // namespace freshet

// Names of time units as date functions take them: 'day', 'dd', 'HOUR', ...
#pragma once

#include <string_view>

#include "storage/column/data_type.h"

namespace freshet {

// Any letter case, singular or plural or a common short form. Throws BadArguments naming the text.
IntervalUnit parse_time_unit(std::string_view function, std::string_view text);

}  // namespace freshet

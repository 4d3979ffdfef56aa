// UUIDs and Internet addresses to and from text.
//
// Units:     numbers are as the columns hold them: the first digit of the text is the highest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/column/data_type.h"

namespace freshet {

// "61f0c404-5cb3-11e7-907b-a6006ad3dba0", or its 32 digits without dashes.
bool parse_uuid(std::string_view text, UInt128& out);
void append_uuid(std::string& out, UInt128 value);

// "192.168.0.1"
bool parse_ipv4(std::string_view text, uint32_t& out);
void append_ipv4(std::string& out, uint32_t value);

// "2001:db8::1"; an IPv4 address stands for its mapped form, "::ffff:192.168.0.1".
bool parse_ipv6(std::string_view text, UInt128& out);
void append_ipv6(std::string& out, UInt128 value);

}  // namespace freshet

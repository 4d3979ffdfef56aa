CREATE TABLE t (index UInt8, key String, date Date) ENGINE = Memory()

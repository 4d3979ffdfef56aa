SELECT {x:UInt8} + 1, {a:Array(Nullable(String))}

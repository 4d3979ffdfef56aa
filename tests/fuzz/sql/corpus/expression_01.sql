SELECT 'a\n\t\0\x01\\', x'00ff', $tag$it's$tag$

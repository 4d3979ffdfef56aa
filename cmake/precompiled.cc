// A target needs a source; what matters are its precompiled headers (cmake/freshet.cmake).

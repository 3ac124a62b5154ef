# Warnings for our own code. -Werror is a preset's business, never the project's.
add_library(jf_warnings INTERFACE)
target_compile_options(jf_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wimplicit-fallthrough
  $<$<COMPILE_LANGUAGE:CXX>:-Wconversion;-Wsign-conversion;-Wold-style-cast;-Woverloaded-virtual;-Wnon-virtual-dtor;-Wextra-semi>)
target_compile_definitions(jf_warnings INTERFACE
  $<$<BOOL:${JACKFIELD_FAILPOINTS}>:JACKFIELD_FAILPOINTS=1>)

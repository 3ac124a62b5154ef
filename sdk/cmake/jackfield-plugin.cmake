# jackfield_add_plugin(<name> <source>...)
#
# A channel plugin: <name>.so below ${CMAKE_BINARY_DIR}/lib/jackfield/plugins, linked with the flags that
# make it loadable beside other versions of itself and really unloadable:
#   - it exports jackfield_plugin_v1 and nothing else (version script, hidden visibility, no symbols of
#     static libraries), so no weak symbol of it binds to the host's or to another plugin's copy;
#   - no GNU_UNIQUE symbol, which would pin it in memory and share its variables between versions;
#   - every symbol resolved when it is linked and when it is loaded (-z defs, -z now).
# The result is checked after linking; a file that the host would refuse does not leave the build.
function(jackfield_add_plugin name)
  if(NOT ARGN)
    message(FATAL_ERROR "jackfield_add_plugin(${name}): name at least one source file")
  endif()
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE jackfield::sdk)
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/jackfield/plugins
    POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/jackfield-plugin.map)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    LINKER:--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/jackfield-plugin.map
    LINKER:--exclude-libs,ALL LINKER:-z,now LINKER:-z,relro)
  # The sanitizers' runtimes live in the program, so their symbols stay undefined in a plugin.
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  set(all_flags "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}")
  if(NOT all_flags MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  if(CMAKE_NM AND CMAKE_READELF)
    add_custom_command(TARGET ${name} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -DFILE=$<TARGET_FILE:${name}> -DNM=${CMAKE_NM}
              -DREADELF=${CMAKE_READELF}
              -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/jackfield-check-plugin.cmake
      VERBATIM)
  endif()
endfunction()

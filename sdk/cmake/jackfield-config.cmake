# find_package(jackfield) gives
#   jackfield::sdk                       <jackfield/plugin.h> (C++17), <jackfield/plugin_abi.h> (C11)
#   jackfield_add_plugin(name source...) a plugin with the right flags
# <jackfield/json.h> also needs RapidJSON's headers (Debian: rapidjson-dev); plugin.h does not.
include(${CMAKE_CURRENT_LIST_DIR}/jackfield-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/jackfield-plugin.cmake)

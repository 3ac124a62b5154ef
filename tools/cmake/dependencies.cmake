# Every library that Jackfield builds on; tools/install-deps installs the same list.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(cppzmq REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(libmagic REQUIRED IMPORTED_TARGET libmagic)

# Debian's RapidJSON package sets variables only.
find_package(RapidJSON REQUIRED)
add_library(jf_rapidjson INTERFACE)
target_include_directories(jf_rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIRS} ${RapidJSON_INCLUDE_DIRS})

if(JACKFIELD_TESTS)
  find_package(GTest REQUIRED)
endif()

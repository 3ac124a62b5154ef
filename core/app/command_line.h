#pragma once

namespace jackfield::app {

/// The program: reads its arguments, checks the configuration, serves until told to stop. Returns
/// an exit code of sysexits.h: 0, 64 usage, 70 software, 74 disk, 78 configuration.
int run_command_line(int count, char** arguments);

}  // namespace jackfield::app

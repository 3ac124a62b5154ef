#include "core/app/command_line.h"

int main(int count, char** arguments) {
  return jackfield::app::run_command_line(count, arguments);
}

#pragma once

#include <string>
#include <vector>

namespace jackfield::whatsapp {

/// A file of testdata and its values, one line each.
struct Golden {
  std::string name;
  std::string values;
};
const std::vector<Golden>& golden();

}  // namespace jackfield::whatsapp

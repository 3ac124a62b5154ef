#include "core/plugin_host/elf_check.h"

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include <elf.h>

#include "jackfield/plugin_abi.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::size_t kHeadersMax = 4'096;
constexpr std::size_t kSymbolsMax = 1'000'000;
constexpr std::size_t kManifestBytesMax = 256 * 1024;

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "name this machine's ELF number here"
#endif

Error refused(std::string why) {
  return {ErrorCode::invalid, std::move(why)};
}

/// The tables of one file, copied out so that alignment does not matter.
struct Image {
  std::string_view bytes;
  Elf64_Ehdr header{};
  std::vector<Elf64_Phdr> segments;
  std::vector<Elf64_Shdr> sections;
  std::string_view section_names;

  /// The bytes [offset, offset + size), or nothing when the file is shorter.
  [[nodiscard]] std::optional<std::string_view> range(std::uint64_t offset,
                                                      std::uint64_t size) const {
    if (offset > bytes.size() || size > bytes.size() - offset) {
      return std::nullopt;
    }
    return bytes.substr(offset, size);
  }
  [[nodiscard]] std::string_view name_of(const Elf64_Shdr& section) const {
    return text_at(section_names, section.sh_name);
  }
  static std::string_view text_at(std::string_view table, std::uint64_t at) {
    if (at >= table.size()) {
      return {};
    }
    const std::string_view rest = table.substr(at);
    return rest.substr(0, rest.find('\0'));
  }
};

template <class Row>
std::optional<std::vector<Row>> rows_of(std::string_view bytes) {
  if (bytes.size() % sizeof(Row) != 0) {
    return std::nullopt;
  }
  std::vector<Row> rows(bytes.size() / sizeof(Row));
  if (!rows.empty()) {
    std::memcpy(rows.data(), bytes.data(), bytes.size());
  }
  return rows;
}

Status read_header(Image& image) {
  if (image.bytes.size() < sizeof(Elf64_Ehdr) ||
      std::memcmp(image.bytes.data(), ELFMAG, SELFMAG) != 0) {
    return refused("not an ELF file: build the plugin as a shared library");
  }
  std::memcpy(&image.header, image.bytes.data(), sizeof(Elf64_Ehdr));
  const Elf64_Ehdr& header = image.header;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return refused("not a 64-bit little-endian ELF file");
  }
  if (header.e_machine != kMachine) {
    return refused("built for another machine (ELF machine " + std::to_string(header.e_machine) +
                   ")");
  }
  if (header.e_type != ET_DYN) {
    return refused("not a shared library: link it with -shared");
  }
  return Done{};
}

Status read_tables(Image& image) {
  const Elf64_Ehdr& header = image.header;
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_shentsize != sizeof(Elf64_Shdr) ||
      header.e_phnum > kHeadersMax || header.e_shnum > kHeadersMax) {
    return refused("its ELF header is damaged");
  }
  const auto segments =
      image.range(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  const auto sections =
      image.range(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  if (!segments || !sections) {
    return refused("the file is truncated: copy it again");
  }
  image.segments = *rows_of<Elf64_Phdr>(*segments);
  image.sections = *rows_of<Elf64_Shdr>(*sections);
  if (header.e_shstrndx < image.sections.size()) {
    const Elf64_Shdr& names = image.sections[header.e_shstrndx];
    image.section_names = image.range(names.sh_offset, names.sh_size).value_or("");
  }
  return Done{};
}

Result<Image> read_image(std::string_view file) {
  Image image;
  image.bytes = file;
  JACKFIELD_TRY(const Done header, read_header(image));
  JACKFIELD_TRY(const Done tables, read_tables(image));
  static_cast<void>(header), static_cast<void>(tables);
  return image;
}

Status check_dynamic(const Image& image, const Elf64_Phdr& segment) {
  const auto bytes = image.range(segment.p_offset, segment.p_filesz);
  const auto entries = bytes ? rows_of<Elf64_Dyn>(*bytes) : std::nullopt;
  if (!entries) {
    return refused("the file is truncated: copy it again");
  }
  for (const Elf64_Dyn& entry : *entries) {
    if (entry.d_tag == DT_NULL) {
      break;
    }
    if (entry.d_tag == DT_TEXTREL || (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL))) {
      return refused("it has text relocations: compile all of it with -fPIC");
    }
    if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_NODELETE)) {
      return refused(
          "it is marked NODELETE and could never be unloaded: link it without -z nodelete");
    }
  }
  return Done{};
}

Status check_segments(const Image& image) {
  bool has_dynamic = false;
  bool has_stack = false;
  for (const Elf64_Phdr& segment : image.segments) {
    if (segment.p_type == PT_LOAD && !image.range(segment.p_offset, segment.p_filesz)) {
      return refused("the file is truncated: copy it again");
    }
    if (segment.p_type == PT_GNU_STACK) {
      has_stack = true;
      if ((segment.p_flags & PF_X) != 0) {
        return refused("it asks for an executable stack: link it with -z noexecstack");
      }
    }
    if (segment.p_type == PT_DYNAMIC) {
      has_dynamic = true;
      JACKFIELD_TRY(const Done checked, check_dynamic(image, segment));
      static_cast<void>(checked);
    }
  }
  if (!has_dynamic) {
    return refused("it has no dynamic section: link it with -shared");
  }
  if (!has_stack) {
    return refused(
        "it has no PT_GNU_STACK, which means an executable stack: link it with "
        "-z noexecstack");
  }
  return Done{};
}

/// A symbol that other libraries could see.
bool is_exported(const Elf64_Sym& symbol) {
  const unsigned binding = ELF64_ST_BIND(symbol.st_info);
  const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL && visibility != STV_HIDDEN &&
         visibility != STV_INTERNAL;
}

Status check_symbols(const Image& image, const Elf64_Shdr& table) {
  const auto bytes = image.range(table.sh_offset, table.sh_size);
  if (!bytes || table.sh_link >= image.sections.size() ||
      table.sh_size / sizeof(Elf64_Sym) > kSymbolsMax) {
    return refused("its symbol table is damaged");
  }
  const Elf64_Shdr& strings = image.sections[table.sh_link];
  const auto names = image.range(strings.sh_offset, strings.sh_size);
  const auto symbols = rows_of<Elf64_Sym>(*bytes);
  if (!names || !symbols) {
    return refused("its symbol table is damaged");
  }
  bool has_entry = false;
  for (const Elf64_Sym& symbol : *symbols) {
    if (!is_exported(symbol)) {
      continue;
    }
    const std::string name(Image::text_at(*names, symbol.st_name).substr(0, 200));
    if (ELF64_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE) {
      return refused("it has the GNU_UNIQUE symbol " + name +
                     ", so it could never be unloaded: build it with jackfield_add_plugin()");
    }
    if (name != JF_ENTRY_SYMBOL) {
      return refused("it exports " + name +
                     ", but a plugin exports " JF_ENTRY_SYMBOL
                     " and nothing else: build it with jackfield_add_plugin()");
    }
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) {
      return refused(JF_ENTRY_SYMBOL " is not a function");
    }
    has_entry = true;
  }
  if (!has_entry) {
    return refused("it does not export " JF_ENTRY_SYMBOL
                   ": it is no Jackfield plugin, or one for another major version");
  }
  return Done{};
}

}  // namespace

Status check_elf(std::string_view file) {
  JACKFIELD_TRY(const Image image, read_image(file));
  JACKFIELD_TRY(const Done segments, check_segments(image));
  static_cast<void>(segments);
  for (const Elf64_Shdr& section : image.sections) {
    if (section.sh_type == SHT_DYNSYM) {
      return check_symbols(image, section);
    }
  }
  return refused("it has no dynamic symbol table: do not strip section headers");
}

std::optional<std::string> elf_manifest(std::string_view file) {
  const Result<Image> image = read_image(file);
  if (!image) {
    return std::nullopt;
  }
  for (const Elf64_Shdr& section : image->sections) {
    if (image->name_of(section) != ".jf_manifest" || section.sh_type == SHT_NOBITS) {
      continue;
    }
    const auto bytes = image->range(section.sh_offset, section.sh_size);
    if (!bytes || bytes->size() > kManifestBytesMax) {
      return std::nullopt;
    }
    return std::string(bytes->substr(0, bytes->find('\0')));
  }
  return std::nullopt;
}

}  // namespace jackfield::plugin_host

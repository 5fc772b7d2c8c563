#include "app/start_memory.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

#ifdef WITH_MIMALLOC
#include <mimalloc.h>
#else
#include <malloc.h>
#endif

namespace millwright::app {
namespace {

/// Segments that nobody writes are the file's own bytes: to drop a page of them loses nothing.
int drop_unwritten_segments(dl_phdr_info* object, std::size_t, void*) {
  if (std::string_view(object->dlpi_name).starts_with("linux-vdso")) return 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    // Only whole pages: the first and the last may be shared with a segment that is written.
    const auto begin = (object->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
    const auto end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
    if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void give_back_start_memory() {
#ifdef WITH_MIMALLOC
  ::mi_collect(true);
#else
  ::malloc_trim(0);
#endif
  ::dl_iterate_phdr(drop_unwritten_segments, nullptr);
}

}  // namespace millwright::app

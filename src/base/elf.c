#include "base/elf.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPECTED "expected a shared object, made with `gcc -shared -fPIC`"

/* The linker's name for the header of this program: what is linked is of its kind. */
extern const ElfW(Ehdr) pp_own_header __asm__("__ehdr_start") __attribute__((visibility("hidden")));

struct file {
    int fd;
    uint64_t size; /* bytes */
};

/* Moves *end, where what has to be there ends, behind `count` bytes at `offset`. */
static int reach(uint64_t offset, uint64_t count, uint64_t *end, struct pp_error *error) {
    uint64_t here = 0;
    if (__builtin_add_overflow(offset, count, &here))
        return pp_error_set(error, -ELIBBAD,
                            "whose headers are damaged: they tell of %" PRIu64 " bytes at %" PRIu64 "; " EXPECTED,
                            count, offset);
    if (*end < here)
        *end = here;
    return 0;
}

static int have(const struct file *file, uint64_t end, struct pp_error *error) {
    if (end <= file->size)
        return 0;
    return pp_error_set(error, -ELIBBAD,
                        "which was cut off: %" PRIu64 " bytes, its headers say at least %" PRIu64
                        "; expected a whole shared object: copy or compile it again",
                        file->size, end);
}

static int read_at(const struct file *file, void *bytes, size_t count, uint64_t offset) {
    for (size_t done = 0; done < count;) {
        ssize_t got = pread(file->fd, (char *)bytes + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EIO; /* it became shorter meanwhile */
        done += (size_t)got;
    }
    return 0;
}

static int unreadable(int status, struct pp_error *error) {
    return pp_error_set(error, status, "which cannot be read: %s", strerror(-status));
}

static const char *type_name(unsigned type) {
    switch (type) {
    case ET_REL:
        return "an object file that is not linked";
    case ET_EXEC:
        return "a program";
    case ET_CORE:
        return "the memory of a crashed program";
    default:
        return "an ELF file of an unknown type";
    }
}

/* The name of a kind of CPU, or its number in `text`. */
static const char *machine_name(unsigned machine, char text[static 32]) {
    static const struct {
        unsigned machine;
        const char *name;
    } rows[] = {{EM_X86_64, "x86-64"}, {EM_AARCH64, "AArch64"},  {EM_386, "x86"},   {EM_ARM, "Arm"},
                {EM_RISCV, "RISC-V"},  {EM_PPC64, "PowerPC 64"}, {EM_S390, "IBM Z"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].machine == machine)
            return rows[i].name;
    snprintf(text, 32, "number %u in ELF", machine);
    return text;
}

/* The first bytes are the same for all kinds of CPU, and say how the others are to be read. */
static int check_ident(const unsigned char *ident, struct pp_error *error) {
    const unsigned char *own = pp_own_header.e_ident;
    if (ident[EI_CLASS] != own[EI_CLASS])
        return pp_error_set(error, -ELIBBAD,
                            "which was made for another kind of CPU: its addresses have not %zu bits, as this "
                            "program's have; " EXPECTED " for this machine",
                            8 * sizeof(void *));
    if (ident[EI_DATA] != own[EI_DATA])
        return pp_error_set(error, -ELIBBAD,
                            "which was made for another kind of CPU: its bytes are in another order; " EXPECTED
                            " for this machine");
    if (ident[EI_VERSION] != EV_CURRENT)
        return pp_error_set(error, -ELIBBAD, "which is of version %d of ELF, expected version %d; " EXPECTED,
                            ident[EI_VERSION], EV_CURRENT);
    return 0;
}

static int check_kind(const ElfW(Ehdr) * header, struct pp_error *error) {
    char there[32];
    char here[32];
    if (header->e_machine != pp_own_header.e_machine)
        return pp_error_set(error, -ELIBBAD,
                            "which was made for another kind of CPU, %s; " EXPECTED " for this machine's, %s",
                            machine_name(header->e_machine, there), machine_name(pp_own_header.e_machine, here));
    if (header->e_type != ET_DYN)
        return pp_error_set(error, -ELIBBAD, "which is %s; " EXPECTED, type_name(header->e_type));
    if (header->e_phentsize != sizeof(ElfW(Phdr)))
        return pp_error_set(error, -ELIBBAD,
                            "whose headers are damaged: program headers of %u bytes, not %zu; " EXPECTED,
                            header->e_phentsize, sizeof(ElfW(Phdr)));
    return 0;
}

/* Segments lie in any order, so the one that ends last is looked for. */
static int check_segments(const struct file *file, const ElfW(Ehdr) * header, struct pp_error *error) {
    uint64_t end = 0;
    int status = reach(header->e_phoff, (uint64_t)header->e_phnum * sizeof(ElfW(Phdr)), &end, error);
    if (status == 0)
        status = have(file, end, error);
    for (size_t i = 0; status == 0 && i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        status = read_at(file, &segment, sizeof segment, header->e_phoff + i * sizeof segment);
        if (status != 0)
            return unreadable(status, error);
        if (segment.p_type == PT_LOAD)
            status = reach(segment.p_offset, segment.p_filesz, &end, error);
    }
    return status != 0 ? status : have(file, end, error);
}

int pp_elf_check(int fd, struct pp_error *error) {
    ElfW(Ehdr) header = {0};
    struct stat info;
    if (fstat(fd, &info) != 0)
        return unreadable(-errno, error);
    struct file file = {fd, (uint64_t)info.st_size};
    size_t there = file.size < sizeof header ? (size_t)file.size : sizeof header;
    int status = read_at(&file, &header, there, 0);
    if (status != 0)
        return unreadable(status, error);
    if (there == 0)
        return pp_error_set(error, -ELIBBAD, "which is empty; " EXPECTED);
    if (there < SELFMAG || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return pp_error_set(error, -ELIBBAD, "which does not begin as a shared object does; " EXPECTED);
    if (there >= EI_NIDENT)
        status = check_ident(header.e_ident, error);
    if (status == 0)
        status = have(&file, sizeof header, error);
    if (status == 0)
        status = check_kind(&header, error);
    return status != 0 ? status : check_segments(&file, &header, error);
}

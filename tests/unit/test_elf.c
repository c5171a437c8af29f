/* What is seen of a shared object before it is mapped. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/elf.h"
#include "pptest/file.h"

enum { SEGMENTS = 3, SIZE = 5000 };

/* The beginning of a shared object; the rest are zeros. */
struct object {
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[SEGMENTS];
};

/* One of this test's own kind, whose second segment ends last, at SIZE. */
static struct object good_object(void) {
    struct object object = {0};
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pp_read_full(fd, &object.header, sizeof object.header), sizeof object.header);
    close(fd);
    object.header.e_type = ET_DYN;
    object.header.e_phoff = offsetof(struct object, segments);
    object.header.e_phnum = SEGMENTS;
    object.segments[0] = (ElfW(Phdr)){.p_type = PT_LOAD, .p_filesz = 1000};
    object.segments[1] = (ElfW(Phdr)){.p_type = PT_LOAD, .p_offset = 4096, .p_filesz = SIZE - 4096};
    object.segments[2] = (ElfW(Phdr)){.p_type = PT_LOAD, .p_offset = 2000, .p_filesz = 500};
    return object;
}

static int check(const struct object *object, size_t size, struct pp_error *error) {
    int fd = memfd_create("object", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pp_write_all(fd, object, sizeof *object), 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    *error = (struct pp_error){0};
    int status = pp_elf_check(fd, error);
    close(fd);
    assert_int_equal(error->code, status);
    return status;
}

static void assert_refused(const struct object *object, size_t size, const char *words) {
    struct pp_error error;
    assert_int_equal(check(object, size, &error), -ELIBBAD);
    if (!strstr(error.text, words))
        fail_msg("\"%s\" says nothing of \"%s\"", error.text, words);
}

static void whole_object_is_accepted(void **state) {
    (void)state;
    struct object object = good_object();
    struct pp_error error;
    assert_int_equal(check(&object, SIZE, &error), 0);
    assert_int_equal(check(&object, SIZE + 1, &error), 0);
}

static void this_program_is_accepted(void **state) {
    (void)state;
    struct pp_error error = {0};
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(lseek(fd, 100, SEEK_SET), 100); /* where the descriptor stands does not matter */
    int status = pp_elf_check(fd, &error);
    close(fd);
    if (status != 0)
        assert_non_null(strstr(error.text, "which is a program")); /* not position-independent */
}

static void every_shorter_object_is_refused(void **state) {
    (void)state;
    struct object object = good_object();
    struct pp_error error;
    for (size_t size = 0; size < SIZE; size++)
        assert_int_equal(check(&object, size, &error), -ELIBBAD);
    assert_refused(&object, 0, "which is empty");
    assert_refused(&object, 3, "does not begin as a shared object");
    assert_refused(&object, 10, "which was cut off: 10 bytes, its headers say at least 64");
    assert_refused(&object, 70, "which was cut off: 70 bytes, its headers say at least 232");
    assert_refused(&object, SIZE - 1, "which was cut off: 4999 bytes, its headers say at least 5000");
}

static void what_is_not_mapped_may_be_missing(void **state) {
    (void)state;
    struct object object = good_object();
    struct pp_error error;
    object.header.e_shoff = SIZE;
    object.header.e_shnum = 30;
    object.segments[2] = (ElfW(Phdr)){.p_type = PT_NOTE, .p_offset = SIZE, .p_filesz = 8};
    assert_int_equal(check(&object, SIZE, &error), 0);
}

static void sums_that_overflow_are_refused(void **state) {
    (void)state;
    struct object object = good_object();
    object.segments[1].p_filesz = UINT64_MAX;
    assert_refused(&object, SIZE, "whose headers are damaged: they tell of 18446744073709551615 bytes at 4096");
    object = good_object();
    object.header.e_phoff = UINT64_MAX - 8;
    assert_refused(&object, SIZE, "whose headers are damaged: they tell of 168 bytes at 18446744073709551607");
    object.header.e_phoff = UINT64_MAX - 1000;
    assert_refused(&object, SIZE, "which was cut off");
    object = good_object();
    object.segments[1].p_offset = UINT64_MAX - SIZE;
    assert_refused(&object, SIZE, "which was cut off");
    object = good_object();
    object.header.e_phnum = UINT16_MAX;
    assert_refused(&object, SIZE, "its headers say at least 3670024");
}

static void other_kinds_are_refused(void **state) {
    (void)state;
    struct object object = good_object();
    object.header.e_machine = EM_SPARC;
    assert_refused(&object, SIZE, "which was made for another kind of CPU, number 2 in ELF");
    object.header.e_machine = EM_S390;
    assert_refused(&object, SIZE, "which was made for another kind of CPU, IBM Z; expected ");
    object = good_object();
    object.header.e_ident[EI_CLASS] ^= ELFCLASS32 ^ ELFCLASS64;
    assert_refused(&object, SIZE, "its addresses have not ");
    object = good_object();
    object.header.e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
    assert_refused(&object, SIZE, "its bytes are in another order");
    object = good_object();
    object.header.e_ident[EI_VERSION] = 2;
    assert_refused(&object, SIZE, "version 2 of ELF, expected version 1");
    object = good_object();
    object.header.e_phentsize = 8;
    assert_refused(&object, SIZE, "program headers of 8 bytes");
    object = good_object();
    object.header.e_ident[0] = '#';
    assert_refused(&object, SIZE, "does not begin as a shared object does");
}

static void other_types_are_refused(void **state) {
    (void)state;
    static const struct {
        unsigned short type;
        const char *words;
    } rows[] = {{ET_REL, "which is an object file that is not linked"},
                {ET_EXEC, "which is a program"},
                {ET_CORE, "which is the memory of a crashed program"},
                {ET_NONE, "which is an ELF file of an unknown type"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct object object = good_object();
        object.header.e_type = rows[i].type;
        assert_refused(&object, SIZE, rows[i].words);
    }
}

static void files_that_cannot_be_read_are_told(void **state) {
    (void)state;
    struct pp_error error = {0};
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(pp_elf_check(fd, &error), -EBADF);
    assert_non_null(strstr(error.text, "which cannot be read: "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_object_is_accepted),        cmocka_unit_test(this_program_is_accepted),
        cmocka_unit_test(every_shorter_object_is_refused), cmocka_unit_test(what_is_not_mapped_may_be_missing),
        cmocka_unit_test(sums_that_overflow_are_refused),  cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(other_types_are_refused),         cmocka_unit_test(files_that_cannot_be_read_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

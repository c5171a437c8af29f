#include "lib/jpeg.h"

#ifdef PP_HAVE_JPEG

#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>

#include <jerror.h>

#include "pptest/library.h"
#include "pptest/memory.h"

/* 600 MB decoded: more than any camera makes, and far below what would overflow or fill a common machine. */
#define PIXELS_MAX 200000000u

/* The version of the interface that jpeglib.h describes decides which object fits: structs differ between them. */
#if JPEG_LIB_VERSION >= 90
#define VERSIONED_NAME "libjpeg.so.9"
#elif JPEG_LIB_VERSION >= 80
#define VERSIONED_NAME "libjpeg.so.8"
#elif JPEG_LIB_VERSION >= 70
#define VERSIONED_NAME "libjpeg.so.7"
#else
#define VERSIONED_NAME "libjpeg.so.62"
#endif

/* The second name comes with the development package; libjpeg itself refuses callers of another version. */
static const char *const names[] = {VERSIONED_NAME, "libjpeg.so", NULL};

static const struct pp_library_symbol symbols[] = {
    {"jpeg_std_error", offsetof(struct pp_jpeg, std_error)},
    {"jpeg_CreateDecompress", offsetof(struct pp_jpeg, create_decompress)},
    {"jpeg_mem_src", offsetof(struct pp_jpeg, mem_src)},
    {"jpeg_read_header", offsetof(struct pp_jpeg, read_header)},
    {"jpeg_start_decompress", offsetof(struct pp_jpeg, start_decompress)},
    {"jpeg_read_scanlines", offsetof(struct pp_jpeg, read_scanlines)},
    {"jpeg_finish_decompress", offsetof(struct pp_jpeg, finish_decompress)},
    {"jpeg_destroy_decompress", offsetof(struct pp_jpeg, destroy_decompress)},
    {"jpeg_CreateCompress", offsetof(struct pp_jpeg, create_compress)},
    {"jpeg_mem_dest", offsetof(struct pp_jpeg, mem_dest)},
    {"jpeg_set_defaults", offsetof(struct pp_jpeg, set_defaults)},
    {"jpeg_set_quality", offsetof(struct pp_jpeg, set_quality)},
    {"jpeg_start_compress", offsetof(struct pp_jpeg, start_compress)},
    {"jpeg_write_scanlines", offsetof(struct pp_jpeg, write_scanlines)},
    {"jpeg_finish_compress", offsetof(struct pp_jpeg, finish_compress)},
    {"jpeg_destroy_compress", offsetof(struct pp_jpeg, destroy_compress)},
    {0}};

static const struct pp_library library = {
    .title = "libjpeg-turbo (" VERSIONED_NAME ")",
    .names = names,
    .symbols = symbols,
    .suspicion = "is it too old?",
    .install = "install the package libjpeg62-turbo (Debian), libjpeg-turbo8 (Ubuntu) or libjpeg-turbo (Fedora, Arch, "
               "Alpine), or choose another task"};

int pp_jpeg_load(struct pp_jpeg *jpeg, struct pp_error *error) { return pp_library_load(&library, jpeg, error); }

#define WORDS_OF(macro) #macro
#define WORDS(macro)    WORDS_OF(macro)

int pp_jpeg_version(char *text, size_t size) {
    struct pp_jpeg jpeg;
    int status = pp_jpeg_load(&jpeg, NULL);
#ifdef LIBJPEG_TURBO_VERSION
    return status ? status : snprintf(text, size, WORDS(LIBJPEG_TURBO_VERSION) " (headers)");
#else
    return status ? status : snprintf(text, size, "interface " WORDS(JPEG_LIB_VERSION) " (headers)");
#endif
}

/* libjpeg reports through this; `base` must come first, its callbacks get only its address. */
struct reporter {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    const char *path;
    struct pp_buffer *room; /* for the pixels; NULL: memory of their own */
    struct pp_error *error;
};

static void refuse(struct reporter *reporter, j_common_ptr codec) {
    char words[JMSG_LENGTH_MAX];
    reporter->base.format_message(codec, words);
    int code = reporter->base.msg_code == JERR_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
    pp_error_set(reporter->error, code, "%s: %s; expected a complete JPEG file in RGB or greyscale", reporter->path,
                 words);
    longjmp(reporter->escape, 1);
}

static void on_error(j_common_ptr codec) { refuse((struct reporter *)(void *)codec->err, codec); }

/* libjpeg goes on after damage and fills in grey. Only what leaves every pixel intact may pass. */
static void on_message(j_common_ptr codec, int level) {
    int code = codec->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM)
        on_error(codec);
}

static int check_header(const struct jpeg_decompress_struct *codec, const char *path, struct pp_error *error) {
    if (codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK)
        return pp_error_set(error, -EINVAL, "%s: a CMYK picture; convert it to RGB or greyscale", path);
    uint64_t pixels = (uint64_t)codec->image_width * codec->image_height;
    if (pixels == 0 || pixels > PIXELS_MAX)
        return pp_error_set(error, -EINVAL, "%s: %u x %u pixels; expected between 1 and %u pixels in all", path,
                            codec->image_width, codec->image_height, PIXELS_MAX);
    return 0;
}

static int decode_rows(const struct pp_jpeg *jpeg, struct jpeg_decompress_struct *codec, struct pp_picture *picture) {
    jpeg->start_decompress(codec);
    while (codec->output_scanline < codec->output_height) {
        JSAMPROW row = picture->rgb + 3 * picture->width * codec->output_scanline;
        jpeg->read_scanlines(codec, &row, 1);
    }
    jpeg->finish_decompress(codec);
    return 0;
}

static uint8_t *pixels_for(const struct reporter *reporter, size_t bytes) {
    if (!reporter->room)
        return pp_shared_alloc(bytes);
    return pp_buffer_reserve(reporter->room, bytes) == 0 ? reporter->room->data : NULL;
}

/* `picture` is the caller's, so that what was allocated before a jump is known after it. */
static int decode(const struct pp_jpeg *jpeg, const void *bytes, size_t count, struct reporter *reporter,
                  struct pp_picture *picture) {
    struct jpeg_decompress_struct codec;
    codec.err = jpeg->std_error(&reporter->base);
    reporter->base.error_exit = on_error;
    reporter->base.emit_message = on_message;
    /* Before anything is created, so that destroying after an early jump is safe. */
    memset((char *)&codec + sizeof codec.err, 0, sizeof codec - sizeof codec.err);
    if (setjmp(reporter->escape) != 0) {
        jpeg->destroy_decompress(&codec);
        return reporter->error->code;
    }
    jpeg->create_decompress(&codec, JPEG_LIB_VERSION, sizeof codec);
    jpeg->mem_src(&codec, bytes, count);
    jpeg->read_header(&codec, TRUE);
    int status = check_header(&codec, reporter->path, reporter->error);
    if (status == 0) {
        codec.out_color_space = JCS_RGB;
        picture->width = codec.image_width;
        picture->height = codec.image_height;
        picture->rgb = pixels_for(reporter, pp_picture_bytes(picture->width, picture->height));
        status = picture->rgb != NULL ? decode_rows(jpeg, &codec, picture)
                                      : pp_error_set(reporter->error, -ENOMEM,
                                                     "%s: no memory for its %zu x %zu pixels; free some or list "
                                                     "fewer images",
                                                     reporter->path, picture->width, picture->height);
    }
    jpeg->destroy_decompress(&codec);
    return status;
}

int pp_jpeg_decode(const struct pp_jpeg *jpeg, const char *path, const void *bytes, size_t count,
                   struct pp_picture *picture, struct pp_error *error) {
    struct pp_error unwanted = {0};
    struct reporter reporter = {.path = path, .error = error != NULL ? error : &unwanted};
    struct pp_picture decoded = {0};
    int status = decode(jpeg, bytes, count, &reporter, &decoded);
    if (status == 0)
        *picture = decoded;
    else
        pp_picture_release(&decoded);
    return status;
}

int pp_jpeg_decode_into(const struct pp_jpeg *jpeg, const char *path, const struct pp_input *file,
                        struct pp_buffer *room, struct pp_picture *picture, struct pp_error *error) {
    struct pp_error unwanted = {0};
    struct reporter reporter = {.path = path, .room = room, .error = error != NULL ? error : &unwanted};
    struct pp_picture decoded = {0};
    int status = decode(jpeg, file->bytes, file->count, &reporter, &decoded);
    if (status == 0)
        *picture = decoded;
    return status;
}

int pp_picture_copy(const struct pp_picture *from, struct pp_picture *to) {
    size_t bytes = pp_picture_bytes(from->width, from->height);
    uint8_t *rgb = pp_shared_alloc(bytes);
    if (rgb == NULL)
        return -ENOMEM;
    memcpy(rgb, from->rgb, bytes);
    *to = (struct pp_picture){from->width, from->height, rgb};
    return 0;
}

void pp_picture_release(struct pp_picture *picture) {
    if (picture->rgb != NULL)
        pp_shared_free(picture->rgb, pp_picture_bytes(picture->width, picture->height));
    *picture = (struct pp_picture){0};
}

#endif

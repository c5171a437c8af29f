#include "lib/jpeg.h"

#ifdef PP_HAVE_JPEG

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* libjpeg reports through this; `base` must come first, its callbacks get only its address. */
struct reporter {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    char words[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr codec) {
    struct reporter *reporter = (struct reporter *)(void *)codec->err;
    reporter->base.format_message(codec, reporter->words);
    longjmp(reporter->escape, 1);
}

/* Where the encoded bytes go: the caller's room while it lasts, then memory that libjpeg takes. */
struct target {
    unsigned char *bytes;
    unsigned long count; /* room before, bytes after */
};

static void write_rows(const struct pp_jpeg *jpeg, struct jpeg_compress_struct *codec,
                       const struct pp_picture *picture) {
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW row = picture->rgb + 3 * picture->width * codec->next_scanline;
        jpeg->write_scanlines(codec, &row, 1);
    }
}

static int encode(const struct pp_jpeg *jpeg, const struct pp_picture *picture, int quality, struct reporter *reporter,
                  struct target *target) {
    struct jpeg_compress_struct codec;
    codec.err = jpeg->std_error(&reporter->base);
    reporter->base.error_exit = on_error;
    /* Before anything is created, so that destroying after an early jump is safe. */
    memset((char *)&codec + sizeof codec.err, 0, sizeof codec - sizeof codec.err);
    if (setjmp(reporter->escape) != 0) {
        jpeg->destroy_compress(&codec);
        return -EINVAL;
    }
    jpeg->create_compress(&codec, JPEG_LIB_VERSION, sizeof codec);
    jpeg->mem_dest(&codec, &target->bytes, &target->count);
    codec.image_width = (JDIMENSION)picture->width;
    codec.image_height = (JDIMENSION)picture->height;
    codec.input_components = 3;
    codec.in_color_space = JCS_RGB;
    jpeg->set_defaults(&codec);
    jpeg->set_quality(&codec, quality, TRUE);
    jpeg->start_compress(&codec, TRUE);
    write_rows(jpeg, &codec, picture);
    jpeg->finish_compress(&codec);
    jpeg->destroy_compress(&codec);
    return 0;
}

size_t pp_jpeg_room(size_t picture_bytes, size_t encoded_bytes) {
    enum { SPARE = 64 }; /* libjpeg asks for more as soon as all is used */
    size_t common = picture_bytes / 3;
    return SPARE + (encoded_bytes > common ? encoded_bytes : common);
}

int pp_jpeg_encode(const struct pp_jpeg *jpeg, const struct pp_picture *picture, int quality, struct pp_buffer *room,
                   size_t *bytes, struct pp_error *error) {
    struct reporter reporter = {0};
    if (pp_buffer_reserve(room, pp_jpeg_room(pp_picture_bytes(picture->width, picture->height), 0)) != 0)
        return pp_error_set(error, -ENOMEM, "no memory for an encoded picture");
    struct target target = {.bytes = room->data, .count = (unsigned long)room->bytes};
    int status = encode(jpeg, picture, quality, &reporter, &target);
    if (status != 0)
        pp_error_set(error, status, "cannot encode a picture: %s", reporter.words);
    else if (target.bytes != room->data && pp_buffer_reserve(room, pp_jpeg_room(0, target.count)) != 0)
        status = pp_error_set(error, -ENOMEM, "no memory for an encoded picture of %lu bytes", target.count);
    else if (target.bytes != room->data)
        memcpy(room->data, target.bytes, target.count);
    *bytes = target.count;
    if (target.bytes != room->data)
        free(target.bytes);
    return status;
}

#endif

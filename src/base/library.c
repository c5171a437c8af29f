#include "pptest/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

static void *library_open(const struct pp_library *description) {
    void *library = NULL;
    for (const char *const *name = description->names; !library && *name; name++)
        library = dlopen(*name, RTLD_NOW | RTLD_LOCAL);
    return library;
}

/* NULL: it has all of them. */
static const char *missing_symbol(void *library, const struct pp_library_symbol *symbols) {
    while (symbols->name && dlsym(library, symbols->name))
        symbols++;
    return symbols->name;
}

int pp_library_load(const struct pp_library *description, void *functions, struct pp_error *error) {
    void *library = library_open(description);
    if (!library) {
        const char *reason = dlerror();
        return pp_error_set(error, -ELIBACC, "%s cannot be loaded (%s); %s", description->title,
                            reason ? reason : "no reason given", description->install);
    }
    const char *missing = missing_symbol(library, description->symbols);
    if (missing) {
        dlclose(library);
        return pp_error_set(error, -ELIBBAD, "the %s found has no function %s (%s); %s", description->title, missing,
                            description->suspicion, description->install);
    }
    for (const struct pp_library_symbol *symbol = description->symbols; symbol->name; symbol++) {
        void *address = dlsym(library, symbol->name);
        memcpy((char *)functions + symbol->offset, &address, sizeof address);
    }
    return 0;
}

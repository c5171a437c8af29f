/* Is there something between this process and the hardware? Found by the marks that systemd-detect-virt(1) goes by too,
 * as far as they are files. */
#ifndef PP_MACHINE_VIRTUAL_H
#define PP_MACHINE_VIRTUAL_H

#include <stddef.h>

/* The name of the hypervisor, "none", or "unknown kind". */
const char *pp_hypervisor_find(const char *root);

/* The name of the kind of container, or "none". */
void pp_container_find(const char *root, char *name, size_t size);

#endif

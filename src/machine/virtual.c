#include "machine/virtual.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "machine/sysfile.h"
#include "pptest/file.h"

/* ---- hypervisors ---- */

/* What the firmware of a virtual machine says of itself in its tables (SMBIOS), and the name people know. */
static const struct {
    const char *says, *name;
} firmwares[] = {{"KVM", "kvm"},
                 {"Amazon EC2", "amazon"},
                 {"Google Compute Engine", "google"},
                 {"QEMU", "qemu"},
                 {"OpenStack", "kvm"},
                 {"VMware", "vmware"},
                 {"VMW", "vmware"},
                 {"innotek GmbH", "virtualbox"},
                 {"VirtualBox", "virtualbox"},
                 {"Xen", "xen"},
                 {"Bochs", "bochs"},
                 {"Parallels", "parallels"},
                 {"BHYVE", "bhyve"},
                 {"Hyper-V", "hyper-v"},
                 {"Apple Virtualization", "apple"}};

/* The product before the maker: it is the closer word. */
static const char *const firmware_files[] = {"/sys/class/dmi/id/product_name", "/sys/class/dmi/id/sys_vendor",
                                             "/sys/class/dmi/id/board_vendor", "/sys/class/dmi/id/bios_vendor"};

static const char *name_of_firmware(const char *text) {
    for (size_t i = 0; i < sizeof firmwares / sizeof *firmwares; i++)
        if (strstr(text, firmwares[i].says))
            return firmwares[i].name;
    return NULL;
}

/* Microsoft makes machines as well; only its virtual ones are called so. */
static bool is_hyper_v(const char *root) {
    char vendor[64], product[64];
    return pp_sysfile_line(root, "/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor) &&
           pp_sysfile_line(root, "/sys/class/dmi/id/product_name", product, sizeof product) &&
           strcmp(vendor, "Microsoft Corporation") == 0 && strcmp(product, "Virtual Machine") == 0;
}

static const char *ask_firmware(const char *root) {
    char text[128];
    for (size_t i = 0; i < sizeof firmware_files / sizeof *firmware_files; i++) {
        const char *name = pp_sysfile_line(root, firmware_files[i], text, sizeof text) ? name_of_firmware(text) : NULL;
        if (name)
            return name;
    }
    return is_hyper_v(root) ? "hyper-v" : NULL;
}

static bool has_flag(const char *flags, const char *flag) {
    size_t length = strlen(flag);
    for (const char *at = flags; (at = strstr(at, flag)); at += length)
        if ((at == flags || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
            return true;
    return false;
}

const char *pp_hypervisor_find(const char *root) {
    char flags[PP_SYSFILE_LINE_BYTES], type[32];
    if (pp_sysfile_line(root, "/sys/hypervisor/type", type, sizeof type) && strcmp(type, "xen") == 0)
        return "xen";
    bool has_flags = pp_sysfile_value(root, "/proc/cpuinfo", "flags", flags, sizeof flags);
    bool flagged = has_flags && has_flag(flags, "hypervisor");
    /* A cloud's bare machine has the firmware's words without the processor's flag; other processors have no flags. */
    const char *name = flagged || !has_flags ? ask_firmware(root) : NULL;
    return name ? name : flagged ? "unknown kind" : "none";
}

/* ---- containers ---- */

/* The variable `container` of process 1; readable only for who owns that process. */
static bool ask_first_process(const char *root, char *name, size_t size) {
    char path[PATH_MAX], environment[4096];
    snprintf(path, sizeof path, "%s/proc/1/environ", root);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long length = fd >= 0 ? pp_read_full(fd, environment, sizeof environment - 1) : 0;
    if (fd >= 0)
        close(fd);
    if (length <= 0)
        return false;
    environment[length] = '\0';
    for (const char *at = environment; at < environment + length; at += strlen(at) + 1)
        if (strncmp(at, "container=", 10) == 0 && at[10]) {
            snprintf(name, size, "%s", at + 10);
            return true;
        }
    return false;
}

static bool is_wsl(const char *root) {
    char release[128];
    return pp_sysfile_line(root, "/proc/sys/kernel/osrelease", release, sizeof release) &&
           (strcasestr(release, "microsoft") || strstr(release, "WSL"));
}

void pp_container_find(const char *root, char *name, size_t size) {
    if (is_wsl(root))
        snprintf(name, size, "wsl");
    else if (pp_sysfile_line(root, "/run/systemd/container", name, size) || ask_first_process(root, name, size))
        return;
    else if (pp_sysfile_exists(root, "/run/.containerenv"))
        snprintf(name, size, "podman");
    else
        snprintf(name, size, "%s", pp_sysfile_exists(root, "/.dockerenv") ? "docker" : "none");
}

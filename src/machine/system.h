/* What the program runs on, in words: operating system, virtualisation, processor and its clock frequency. */
#ifndef PP_MACHINE_SYSTEM_H
#define PP_MACHINE_SYSTEM_H

#include <stdint.h>

/* Texts are "" and frequencies 0 where it is not known. */
struct pp_system {
    char os[96];         /* PRETTY_NAME of os-release(5) */
    char kernel[96];     /* release, as `uname -r` says it */
    char cpu_model[96];  /* "model name" of /proc/cpuinfo, which not every architecture has */
    char hypervisor[32]; /* "none", "kvm", "vmware" …; "unknown kind" when there is one that does not say its name */
    char container[32];  /* "none", "docker", "podman", "wsl" … */
    char governor[32];   /* of clock frequency, on the first CPU that may be used */
    uint64_t frequency_hz, frequency_max_hz; /* of that CPU: at this moment, and its greatest */
};

/* Reads files below `root` ("" for the running system); `first_cpu` is the first that may be used. */
void pp_system_read(const char *root, unsigned first_cpu, struct pp_system *system);

#endif
